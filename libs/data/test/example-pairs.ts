/** Sentence pairs of a small grammar, so that tests need no download. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

const people = ['私', '彼', '彼女', '友達', '先生', '子供', '母', '父'];
const subjects = ['I', 'He', 'She', 'A friend', 'The teacher', 'The child', 'Mother', 'Father'];
const things = ['本', '林檎', '手紙', '車', '水', '写真', '歌', '切符', '魚', '花'];
const objects = [
  'a book',
  'an apple',
  'a letter',
  'a car',
  'water',
  'a picture',
  'a song',
  'a ticket',
  'fish',
  'flowers',
];
const deeds = ['を見た。', 'を忘れた。', 'が好きだった。', 'を探した。', 'を買った。', 'を待った。'];
const verbs = ['saw', 'forgot', 'liked', 'looked for', 'bought', 'waited for'];

/** Up to 480 different pairs as text lines `source TAB target`. */
export function exampleLines(count: number): string[] {
  return Array.from({ length: count }, (_, index) => {
    const [who, what, deed] = [index % 8, Math.floor(index / 8) % 10, Math.floor(index / 80) % 6];
    return `${people[who]}は${things[what]}${deeds[deed]}\t${subjects[who]} ${verbs[deed]} ${objects[what]}.`;
  });
}

/** A folder that is removed when the running test ends. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'honyaku-data-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes lines, each with its line feed, and tells the path. */
export async function writeLines(path: string, lines: readonly string[]): Promise<string> {
  await writeFile(path, lines.map((line) => `${line}\n`).join(''));
  return path;
}

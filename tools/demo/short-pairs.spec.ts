import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeShortPairs } from './short-pairs.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'short-pairs-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function shortPairsOf(lines: readonly string[]): Promise<string[]> {
  const path = join(folder, 'pairs.tsv');
  const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
  await writeShortPairs({ name: 'pairs', open: () => Promise.resolve(Readable.from([bytes])) }, path);
  return (await readFile(path, 'utf8')).split('\n').filter((line) => line !== '');
}

describe('writeShortPairs', () => {
  it('keeps pairs of two to six words without digits, in their order', async () => {
    const kept = ['猫が好き。\tI like cats.', '彼は学生です。\tHe is a student.'];
    const others = ['猫\tCat', '長い。\tThis one has more than six words.', '三時。\tIt is 3.'];
    expect(await shortPairsOf([...others, ...kept])).toEqual(kept);
  });

  it('keeps a pair that comes again once, and other translations of its sentences too', async () => {
    const pairs = ['猫だ。\tA cat!', '猫だ。\tIt is a cat.', '猫です。\tA cat!'];
    expect(await shortPairsOf([...pairs, ...pairs])).toEqual(pairs);
  });

  it('leaves out sentences with rare words', async () => {
    const common = Array.from({ length: 500 }, (_, index) => wordOf(index));
    const twice = common.flatMap((word) => [`あ${word}\t${word}`, `い${word}\t${word}`]);
    expect(await shortPairsOf([...twice, `う\t${wordOf(0)} ${wordOf(1)}`, `え\t${wordOf(0)} rare`])).toEqual([
      `う\t${wordOf(0)} ${wordOf(1)}`,
    ]);
  });
});

function wordOf(index: number): string {
  return [...index.toString(26).padStart(3, '0')]
    .map((digit) => String.fromCharCode(97 + parseInt(digit, 26)))
    .join('');
}

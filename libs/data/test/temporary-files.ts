/** Files of a running test. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A folder that is removed when the running test ends. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'honyaku-data-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes lines, each with its line feed, and returns the path. */
export async function writeLines(path: string, lines: readonly string[]): Promise<string> {
  await writeFile(path, lines.map((line) => `${line}\n`).join(''));
  return path;
}

import { mkdirSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';

/** A new folder for the files of one attempt; made at once, so that what is begun in it is known as begun. */
export function newAttemptFolder(attemptsFolder: string): string {
  mkdirSync(attemptsFolder, { recursive: true });
  return mkdtempSync(join(attemptsFolder, 'attempt-'));
}

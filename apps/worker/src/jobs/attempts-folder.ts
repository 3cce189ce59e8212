import { mkdirSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';

/** Creates a folder for the files of one attempt; synchronously, so that no other task can start in between. */
export function newAttemptFolder(attemptsFolder: string): string {
  mkdirSync(attemptsFolder, { recursive: true });
  return mkdtempSync(join(attemptsFolder, 'attempt-'));
}

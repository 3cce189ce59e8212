import { mkdir, mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';

/** A new folder for the files of one attempt. */
export async function newAttemptFolder(attemptsFolder: string): Promise<string> {
  await mkdir(attemptsFolder, { recursive: true });
  return mkdtemp(join(attemptsFolder, 'attempt-'));
}

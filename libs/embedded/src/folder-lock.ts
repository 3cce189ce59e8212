/** Exclusive use of a folder by locks of the kernel, which end with their holder: a lock is never left behind. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Conflict, Unavailable } from '@honyaku/contracts';
import { systemProgram } from './tied-command.ts';

/** A holder that was just killed may take a moment to be gone. */
const lockWaitSeconds = 1;
/** Exit code of flock when somebody else holds the lock. */
export const lockIsHeld = 75;

export interface FolderLock {
  readonly release: () => void;
}

/** Whoever holds this file has the folder; removing the file would let a second holder in. */
export function lockFileOf(folder: string, holder: string): string {
  return join(folder, `${holder}.lock`);
}

/** The words of a flock that takes what follows: a file with a command, or a descriptor. */
export function flockWords(): string[] {
  return [systemProgram('flock', 'util-linux'), '-w', String(lockWaitSeconds), '-E', String(lockIsHeld)];
}

/** The error for a folder whose lock somebody else holds. */
export async function folderInUse(folder: string, holder: string): Promise<Conflict> {
  const pid = await readFile(lockFileOf(folder, holder), 'utf8').catch(() => '');
  return new Conflict(`${folder} is in use by the ${holder} with process id ${pid}`);
}

/**
 * Takes the lock for this process, until `release` or the end of the process.
 * @param holder what has the folder, by its name
 * @throws Conflict, naming its process, when another `holder` has the folder; Unavailable without flock
 */
export async function lockFolder(folder: string, holder: string): Promise<FolderLock> {
  const [flock = '', ...words] = flockWords();
  let descriptor: number | undefined = openSync(lockFileOf(folder, holder), 'a', 0o600);
  const release = () => {
    if (descriptor !== undefined) closeSync(descriptor);
    descriptor = undefined;
  };
  try {
    // The lock belongs to the open file, which flock inherits, and so outlives flock; no other child inherits it.
    const child = spawn(flock, [...words, '3'], { stdio: ['ignore', 'ignore', 'ignore', descriptor] });
    await once(child, 'exit');
    const { exitCode: code } = child;
    if (code === lockIsHeld) throw await folderInUse(folder, holder);
    if (code !== 0) throw new Unavailable(`${lockFileOf(folder, holder)} cannot be locked (flock: ${code})`);
    ftruncateSync(descriptor);
    writeSync(descriptor, String(process.pid));
  } catch (error) {
    release();
    throw error;
  }
  return { release };
}

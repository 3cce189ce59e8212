/**
 * Temporary folders whose names tell their process: one that was killed leaves gigabytes, which the next process has to
 * remove before they fill the disk.
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { codeOf } from '@honyaku/contracts';

/** A process before this one may have had its number, as in a container, where it is always the same. */
const own = `${process.pid}-${randomBytes(4).toString('hex')}`;

/** @param kind of the folder, such as `corpus` @returns the path of a new folder; its user removes it */
export async function processFolder(kind: string): Promise<string> {
  return mkdtemp(join(tmpdir(), `honyaku-${kind}-${own}-`));
}

/** Removes the folders of processes that no longer run, as far as this user may. */
export async function removeAbandonedFolders(kinds: readonly string[]): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const [, kind = '', owner, pid] = /^honyaku-([a-z]+)-((\d+)-[0-9a-f]{8})-\w{6}$/.exec(name) ?? [];
    if (!kinds.includes(kind) || owner === own || runsElsewhere(Number(pid))) continue;
    await rm(join(tmpdir(), name), { recursive: true, force: true }).catch(() => undefined);
  }
}

function runsElsewhere(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) !== 'ESRCH';
  }
}

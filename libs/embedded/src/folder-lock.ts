import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Conflict } from '@honyaku/contracts';

/**
 * Marks the folder as in use by this process; a mark whose process is gone counts as none.
 * @returns a function that takes the mark away
 * @throws Conflict when another running process, or this one, holds it
 */
export async function lockFolder(folder: string, purpose: string): Promise<() => Promise<void>> {
  const path = join(folder, `${purpose}.pid`);
  for (;;) {
    try {
      await writeFile(path, String(process.pid), { flag: 'wx', mode: 0o600 });
      return () => rm(path, { force: true });
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
    const holder = Number(await readFile(path, 'utf8').catch(() => '0'));
    if (holder > 0 && isRunning(holder)) {
      throw new Conflict(`${folder} is in use by the ${purpose} of process ${holder}`);
    }
    await rm(path, { force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

import { randomBytes } from 'node:crypto';
import { link, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A random secret that stays the same for a folder, in a file that only its owner reads. */
export async function secretIn(folder: string, name: string): Promise<string> {
  const path = join(folder, name);
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    await writeFile(draft, randomBytes(24).toString('hex'), { mode: 0o600, flag: 'wx' });
    // The name appears with the whole secret behind it, or not at all, whoever else is at it.
    await link(draft, path);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  } finally {
    await rm(draft, { force: true });
  }
  return readFile(path, 'utf8');
}

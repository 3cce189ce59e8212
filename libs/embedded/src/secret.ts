import { randomBytes } from 'node:crypto';
import { link, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from '@honyaku/contracts';

const randomSecret = () => Promise.resolve(randomBytes(24).toString('hex'));

/**
 * A secret that stays the same for a folder, in a file that only its owner reads.
 * @param make called when there is none yet
 */
export async function secretIn(folder: string, name: string, make = randomSecret): Promise<string> {
  const path = join(folder, name);
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
  try {
    await writeFile(draft, await make(), { mode: 0o600, flag: 'wx' });
    // The name appears with the whole secret behind it, or not at all, whoever else is at it.
    await link(draft, path);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  } finally {
    await rm(draft, { force: true });
  }
  return readFile(path, 'utf8');
}

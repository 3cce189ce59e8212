import { randomBytes } from 'node:crypto';
import { access, mkdir, rm, stat, statfs, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { InvalidInput, codeOf, messageOf, writeRefusals } from './errors.ts';

const reasons: Readonly<Record<string, string>> = {
  ...writeRefusals,
  EEXIST: 'it is not a folder',
  ENOENT: 'it cannot be created',
};
/** With less, databases and logs soon stop. */
export const minFreeBytes = 64 * 1024 ** 2;

/**
 * Creates the folder and its parents if necessary, and checks that it is writable and has free space.
 * @param name of the folder or of its setting, for the error
 * @param mode of created folders; by default other users have no access
 * @throws InvalidInput with the reason why the folder cannot be used
 */
export async function usableFolder(path: string, name: string, mode = 0o700): Promise<void> {
  const refuse = (reason: string, cause?: unknown) =>
    new InvalidInput(`${name} ${path} cannot be used: ${reason}`, { cause });
  try {
    await makeFolder(path, mode);
    const { uid } = await stat(path);
    const user = process.geteuid?.();
    if (user !== undefined && user !== 0 && uid !== user) {
      throw refuse(`it belongs to the user with id ${uid}, and this process runs as ${user}`);
    }
    const probe = join(path, `.${randomBytes(6).toString('hex')}`);
    await writeFile(probe, 'may be removed', { flag: 'wx', flush: true });
    await rm(probe);
    const free = await freeBytes(path);
    if (free < minFreeBytes) throw refuse(`its disk has only ${free} bytes left`);
  } catch (error) {
    if (error instanceof InvalidInput) throw error;
    const code = codeOf(error) ?? '';
    throw refuse(`${reasons[code] ?? messageOf(error)}${reasons[code] ? ` (${code})` : ''}`, error);
  }
}

/** What this user may still write to the disk of a folder. */
export async function freeBytes(path: string): Promise<number> {
  const { bavail, bsize } = await statfs(path);
  return bavail * bsize;
}

/** Creates one folder after the other: Node's recursive mkdir never returns where none can be created, as in /proc. */
async function makeFolder(path: string, mode: number): Promise<void> {
  const isThere = await access(path).then(
    () => true,
    () => false,
  );
  if (isThere && (await stat(path)).isDirectory()) return;
  const parent = dirname(path);
  if (parent !== path) await makeFolder(parent, mode);
  await mkdir(path, { mode }).catch(async (error: NodeJS.ErrnoException) => {
    // Another process created it first.
    if (error.code === 'EEXIST' && (await stat(path)).isDirectory()) return;
    throw error;
  });
}

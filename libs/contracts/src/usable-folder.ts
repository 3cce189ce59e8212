import { randomBytes } from 'node:crypto';
import { access, mkdir, rm, stat, statfs, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { InvalidInput, codeOf, messageOf } from './errors.ts';

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'this user may not write there',
  EDQUOT: "this user's quota is used up",
  EEXIST: 'there is something there that is no folder',
  ELOOP: 'a symbolic link leads back to itself',
  ENAMETOOLONG: 'the path is too long',
  ENOENT: 'no folder can be made there',
  ENOSPC: 'the disk is full',
  ENOTDIR: 'a part of the path is no folder',
  EPERM: 'this user may not write there',
  EROFS: 'the file system is read-only',
};
const leastBytes = 64 * 1024 ** 2;

/**
 * Makes the folder with its parents unless it is there, and tries to write to it.
 * @param name of the folder or the setting, at the beginning of the message
 * @param mode of folders that are made; others may not look into them unless told
 * @throws InvalidInput with what keeps it from being used
 */
export async function usableFolder(path: string, name: string, mode = 0o700): Promise<void> {
  const refuse = (reason: string, cause?: unknown) =>
    new InvalidInput(`${name} ${path} cannot be used: ${reason}`, { cause });
  try {
    await makeFolder(path, mode);
    const { uid } = await stat(path);
    const user = process.geteuid?.();
    if (user !== undefined && user !== 0 && uid !== user) {
      throw refuse(`it belongs to the user with id ${uid}, and this one has ${user}`);
    }
    const trial = join(path, `.${randomBytes(6).toString('hex')}`);
    await writeFile(trial, 'may be removed', { flag: 'wx', flush: true });
    await rm(trial);
    const { bavail, bsize } = await statfs(path);
    if (bavail * bsize < leastBytes) throw refuse(`its disk has only ${bavail * bsize} bytes left`);
  } catch (error) {
    if (error instanceof InvalidInput) throw error;
    const code = codeOf(error) ?? '';
    throw refuse(`${reasons[code] ?? messageOf(error)}${reasons[code] ? ` (${code})` : ''}`, error);
  }
}

/** One after the other: Node's recursive mkdir never ends where the kernel makes no folders, as in /proc. */
async function makeFolder(path: string, mode: number): Promise<void> {
  const isThere = await access(path).then(
    () => true,
    () => false,
  );
  if (isThere && (await stat(path)).isDirectory()) return;
  const parent = dirname(path);
  if (parent !== path) await makeFolder(parent, mode);
  await mkdir(path, { mode }).catch(async (error: NodeJS.ErrnoException) => {
    // Somebody else was quicker, which is as good.
    if (error.code === 'EEXIST' && (await stat(path)).isDirectory()) return;
    throw error;
  });
}

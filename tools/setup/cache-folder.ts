import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

const partial = 'partial-';

/**
 * Makes `home/name` by `fill`, which writes into a temporary folder beside it: the folder has its name
 * only when it is complete. What stood there before is replaced.
 */
export async function publishFolder(
  home: string,
  name: string,
  fill: (folder: string) => Promise<void>,
): Promise<void> {
  await mkdir(home, { recursive: true });
  const work = await mkdtemp(join(home, partial));
  try {
    const folder = join(work, 'new');
    await mkdir(folder);
    await fill(folder);
    await rename(join(home, name), join(work, 'old')).catch(ignoreAbsence);
    await rename(folder, join(home, name));
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Removes what killed set-ups left; only for who holds the set-up's lock. */
export async function removeLeftovers(home: string): Promise<void> {
  for (const name of await readdir(home).catch(() => []))
    if (name.startsWith(partial)) await rm(join(home, name), { recursive: true, force: true });
}

function ignoreAbsence(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}

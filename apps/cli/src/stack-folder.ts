/**
 * The folder of `honyaku up`: which one it takes, and which files in it are its own. Nothing else there is ever
 * removed: a user may have named a folder that holds other things, too.
 */
import { readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InvalidInput, usableFolder } from '@honyaku/contracts';
import { type FolderLock, lockFolder, objectStoreName, redisName } from '@honyaku/embedded';
import { addressFileName, defaultFolderName } from './api-address.ts';

const markerName = '.honyaku-stack';
const markerText = 'This folder belongs to `honyaku up`, whose data, caches and logs are in it.\n';
/** Servers with their folders, and a file that each writes first: version 0.1.0 left no marker. */
const servers = [
  { name: redisName, folder: 'redis', secret: 'redis-password' },
  { name: objectStoreName, folder: 'objects', secret: 'weed-secret' },
] as const;
const ownNames = new Set<string>([...servers.map(({ folder }) => folder), 'cache', 'logs', addressFileName]);
const ownLogs = /^(?:api|worker-\d+)\.log$/;
const ownCaches = /^worker-\d+$/;

/**
 * Makes the folder, or takes one that an earlier run made, of any version.
 * @param fresh removes what earlier runs left there
 * @returns the lock by which nobody else takes it
 * @throws InvalidInput when it cannot be used, and when it holds files but is not one of `up`; Conflict when it is in
 *   use, and then nothing is removed
 */
export async function takeStackFolder(
  folder: string,
  { fresh }: { readonly fresh: boolean },
): Promise<FolderLock> {
  await usableFolder(folder, 'the folder');
  if (!(await isOwn(folder)))
    throw new InvalidInput(
      `the folder ${folder} is not empty, and \`honyaku up\` did not make it: ` +
        `name a new or an empty one, such as ${join(folder, defaultFolderName)}`,
    );
  // Before the lock, whose file alone would make the folder look like somebody else's.
  await writeFile(join(folder, markerName), markerText);
  const lock = await lockFolder(folder, 'platform');
  try {
    if (fresh) await removeState(folder);
    return lock;
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** The logs of earlier runs; call it only while no other run has the folder. */
export async function removeLogs(folder: string): Promise<void> {
  await removeMatching(join(folder, 'logs'), ownLogs);
}

async function isOwn(folder: string): Promise<boolean> {
  const names = await readdir(folder);
  if (names.includes(markerName)) return true;
  const secrets = servers.map((server) => join(folder, server.folder, server.secret));
  if ((await Promise.all(secrets.map(exists))).includes(true)) return true;
  // What a start of 0.1.0 that was killed early, or a loss of power, leaves.
  const unused = names.map(async (name) => ownNames.has(name) && (await isEmpty(join(folder, name))));
  return !(await Promise.all(unused)).includes(false);
}

async function removeState(folder: string): Promise<void> {
  await removeServers(folder);
  await removeMatching(join(folder, 'cache'), ownCaches);
  await removeLogs(folder);
  await rm(join(folder, addressFileName), { force: true });
}

/** Earlier versions hold the folder by their servers' locks alone, and servers may outlive a killed `up` for a moment. */
async function removeServers(folder: string): Promise<void> {
  const places: string[] = [];
  const locks: FolderLock[] = [];
  try {
    for (const server of servers) {
      const place = join(folder, server.folder);
      if (!(await exists(join(place, server.secret)))) continue;
      locks.push(await lockFolder(place, server.name));
      places.push(place);
    }
    for (const place of places) await rm(place, { recursive: true, force: true });
  } finally {
    for (const lock of locks) lock.release();
  }
}

async function removeMatching(folder: string, own: RegExp): Promise<void> {
  const names = (await exists(folder)) ? await readdir(folder) : [];
  for (const name of names.filter((name) => own.test(name)))
    await rm(join(folder, name), { recursive: true, force: true });
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

async function isEmpty(path: string): Promise<boolean> {
  const content = (await stat(path)).isDirectory() ? await readdir(path) : await readFile(path);
  return content.length === 0;
}

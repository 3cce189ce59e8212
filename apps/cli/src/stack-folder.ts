/**
 * The folder of `honyaku up`: which one it takes, and which files in it are its own. Nothing else there is ever
 * removed: a user may have named a folder that holds other things, too.
 */
import { readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InvalidInput, usableFolder } from '@honyaku/contracts';
import { addressFileName, defaultFolderName } from './api-address.ts';

const markerName = '.honyaku-stack';
const markerText = 'This folder belongs to `honyaku up`, whose data, caches and logs are in it.\n';
/** Servers' folders, by a file that each writes first: version 0.1.0 left no marker. */
const secretsOfServers = { redis: 'redis-password', objects: 'weed-secret' };
const ownNames = new Set([...Object.keys(secretsOfServers), 'cache', 'logs', addressFileName]);
const ownLogs = /^(?:api|worker-\d+)\.log$/;
const ownCaches = /^worker-\d+$/;

/**
 * Makes the folder, or takes one that an earlier run made, of any version.
 * @param fresh removes what earlier runs left there
 * @throws InvalidInput when it cannot be used, and when it holds files but is not one of `up`
 */
export async function takeStackFolder(folder: string, { fresh }: { readonly fresh: boolean }): Promise<void> {
  await usableFolder(folder, 'the folder');
  if (!(await isOwn(folder)))
    throw new InvalidInput(
      `the folder ${folder} is not empty, and \`honyaku up\` did not make it: ` +
        `name a new or an empty one, such as ${join(folder, defaultFolderName)}`,
    );
  if (fresh) await removeState(folder);
  await writeFile(join(folder, markerName), markerText);
}

/** The logs of earlier runs; call it only while no other run has the folder. */
export async function removeLogs(folder: string): Promise<void> {
  await removeMatching(join(folder, 'logs'), ownLogs);
}

async function isOwn(folder: string): Promise<boolean> {
  const names = await readdir(folder);
  if (names.includes(markerName)) return true;
  const secrets = Object.entries(secretsOfServers).map((path) => join(folder, ...path));
  if ((await Promise.all(secrets.map(exists))).includes(true)) return true;
  // What a start of 0.1.0 that was killed early, or a loss of power, leaves.
  const unused = names.map(async (name) => ownNames.has(name) && (await isEmpty(join(folder, name))));
  return !(await Promise.all(unused)).includes(false);
}

async function removeState(folder: string): Promise<void> {
  for (const [server, secret] of Object.entries(secretsOfServers))
    if (await exists(join(folder, server, secret)))
      await rm(join(folder, server), { recursive: true, force: true });
  await removeMatching(join(folder, 'cache'), ownCaches);
  await removeLogs(folder);
  await rm(join(folder, addressFileName), { force: true });
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

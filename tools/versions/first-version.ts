/**
 * Version 0.1.0 as it can be run beside this one: its own code from git's history, on the packages of this tree where
 * they are of the version that it was locked to, and else on its own. It needs the commit in the clone, or a remote to
 * fetch it from, and npm's cache or registry for the few packages that this tree has no longer.
 */
import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, readdir, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Unavailable, fromJson } from '@honyaku/contracts';
import { z } from 'zod';

const commit = '0a865e787c509ddab42f7a913196e4d59ef141a6';
const thisTree = fileURLToPath(new URL('../../', import.meta.url));

const run = promisify(execFile);
/** What npm writes of the packages in a tree. */
const Lock = z.object({
  packages: z.record(
    z.string(),
    z.object({
      version: z.string().optional(),
      dev: z.literal(true).optional(),
      /** For other machines than this one, if it is not here. */
      optional: z.literal(true).optional(),
      link: z.literal(true).optional(),
    }),
  ),
});

/**
 * Makes the tree of version 0.1.0.
 * @param folder does not exist yet
 * @throws Unavailable when its commit is not in the history and cannot be fetched, or a package cannot be had
 */
export async function placeFirstVersion(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await requireCommit();
  const archive = `${folder}.tar`;
  await run('git', ['archive', '--output', archive, commit], { cwd: thisTree });
  await run('tar', ['xf', archive, '-C', folder]);
  await linkPackages(folder);
}

async function requireCommit(): Promise<void> {
  const git = (...words: string[]) => run('git', words, { cwd: thisTree });
  try {
    await git('cat-file', '-e', `${commit}^{commit}`);
  } catch {
    // A shallow clone.
    await git('fetch', '--depth=1', 'origin', commit).catch((cause: unknown) => {
      throw new Unavailable(
        `version 0.1.0 is not in this clone's history: run it in a clone that has commit ${commit.slice(0, 7)} (git fetch --unshallow)`,
        { cause },
      );
    });
  }
}

async function linkPackages(folder: string): Promise<void> {
  const locked = await packagesIn(join(folder, 'package-lock.json'));
  const here = await packagesIn(join(thisTree, 'node_modules', '.package-lock.json'));
  const missing: string[] = [];
  for (const [path, { version, dev, optional, link }] of Object.entries(locked)) {
    const [, name] = /^node_modules\/((?:@[^/]+\/)?[^/]+)$/.exec(path) ?? [];
    if (name === undefined || version === undefined || link) continue;
    if (here[path]?.version === version) await linkTo(join(thisTree, path), join(folder, path));
    else if (!dev && !optional) missing.push(`${name}@${version}`);
  }
  for (const kind of ['apps', 'libs'])
    for (const name of await readdir(join(folder, kind)))
      await linkTo(join(folder, kind, name), join(folder, 'node_modules', '@honyaku', name));
  if (missing.length > 0) await install(missing, folder);
}

/** Packages that this tree has not: fetched into a folder of their own, as npm would clear away the links. */
async function install(packages: readonly string[], folder: string): Promise<void> {
  const own = `${folder}-packages`;
  await mkdir(own);
  const quiet = ['--no-audit', '--no-fund', '--ignore-scripts', '--no-package-lock', '--prefer-offline'];
  try {
    await run('npm', ['install', '--prefix', own, ...quiet, '--legacy-peer-deps', ...packages]);
  } catch (cause) {
    throw new Unavailable(`the packages of version 0.1.0 cannot be had: ${packages.join(', ')}`, { cause });
  }
  for (const each of packages) {
    const name = each.slice(0, each.lastIndexOf('@'));
    const from = join(own, 'node_modules', name);
    await cp(from, join(folder, 'node_modules', name), { recursive: true });
  }
}

async function linkTo(target: string, path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await symlink(target, path);
}

async function packagesIn(lockFile: string): Promise<z.output<typeof Lock>['packages']> {
  return fromJson(Lock, await readFile(lockFile, 'utf8'), lockFile).packages;
}

/** Steps of the set-up: what each brings, carried out where it is missing, into folders that are whole or not there. */
import { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** One thing that the set-up brings. */
export interface Step {
  readonly name: string;
  /** Text before `install`, with the size of the download. */
  readonly announcement: string;
  /** Says in a few words what is there, or undefined when something is missing. Quick and without effects. */
  present(): Promise<string | undefined>;
  /** Brings it. Publishes only what is complete, so it may be interrupted anywhere. */
  install(): Promise<void>;
}

/** Carries out those steps whose result is not there; a line for each. */
export async function installMissing(steps: readonly Step[], print: (line: string) => void): Promise<void> {
  const found = await Promise.all(steps.map((step) => step.present()));
  for (const [index, step] of steps.entries()) {
    const present = found[index];
    if (present !== undefined) {
      print(`✓ ${step.name}: ${present}`);
      continue;
    }
    print(`… ${step.announcement}`);
    const started = performance.now();
    await step.install();
    print(`✓ ${step.name}: installed, ${Math.round((performance.now() - started) / 1000)} s`);
  }
}

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

/** Replaces a program or library, so that a process finds the earlier one or this one, whole. */
export async function publishFile(path: string, bytes: Buffer): Promise<void> {
  const temporary = `${path}.partial`;
  await mkdir(dirname(path), { recursive: true });
  await writeFile(temporary, bytes);
  await chmod(temporary, 0o755);
  await rename(temporary, path);
}

export async function readIfThere(path: string): Promise<Buffer | undefined> {
  return readFile(path).catch(() => undefined);
}

/** Removes what killed set-ups left; only for who holds the set-up's lock. */
export async function removeLeftovers(home: string): Promise<void> {
  for (const name of await readdir(home).catch(() => []))
    if (name.startsWith(partial)) await rm(join(home, name), { recursive: true, force: true });
}

function ignoreAbsence(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}

/** A Python that has Optuna, in a virtual environment of its own in the cache folder. */
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { installedPaths, messageOf } from '@honyaku/contracts';
import { run } from '../setup/command.ts';

const version = '4.5.0';
const name = `optuna-${version}`;
const pythonIn = (folder: string) => join(folder, 'bin', 'python');
const limitSeconds = 150;
const pipOptions = [
  '--no-cache-dir',
  '--no-input',
  '--disable-pip-version-check',
  '--only-binary=:all:',
  '--retries=1',
  '--timeout=15',
];

/** The Python to run, or in one line why there is none. */
type OptunaPython = { readonly python: string } | { readonly python: undefined; readonly reason: string };

/** Makes the environment when it is not there yet (140 MB, once); never throws. */
export async function optunaPython(): Promise<OptunaPython> {
  const { home } = installedPaths();
  const folder = join(home, name);
  try {
    if ((await installedOptuna()) === undefined) await install(home, folder);
    return { python: pythonIn(folder) };
  } catch (error) {
    const [reason = ''] = messageOf(error).split('\n');
    return { python: undefined, reason: `Optuna ${version} could not be installed: ${reason}` };
  }
}

/** The Python with Optuna where it is installed already. */
export async function installedOptuna(): Promise<string | undefined> {
  const python = pythonIn(join(installedPaths().home, name));
  const script = `import importlib.metadata as m; assert m.version("optuna") == "${version}"`;
  return run(python, ['-c', script], { seconds: 60 }).then(
    () => python,
    () => undefined,
  );
}

/** Several may install at once: the folder is that of the first who is done. */
async function install(home: string, folder: string): Promise<void> {
  await mkdir(home, { recursive: true });
  const work = await mkdtemp(join(home, 'partial-'));
  try {
    await run('python3', ['-m', 'venv', work], { seconds: limitSeconds });
    await run(join(work, 'bin', 'python'), ['-m', 'pip', 'install', ...pipOptions, `optuna==${version}`], {
      seconds: limitSeconds,
    });
    await rename(work, folder).catch(ignoreFirst);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

function ignoreFirst(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
}

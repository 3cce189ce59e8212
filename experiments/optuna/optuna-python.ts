/** A Python that has Optuna, in a virtual environment of its own in the cache folder. */
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { installedPaths, messageOf } from '@honyaku/contracts';
import { run } from '@honyaku/tools/setup/command.ts';
import { z } from 'zod';

const version = '4.5.0';
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
  const folder = join(home, `optuna-${version}`);
  const python = join(folder, 'bin', 'python');
  try {
    if (!(await hasOptuna(python))) await install(home, folder);
    return { python };
  } catch (error) {
    const [reason = ''] = messageOf(error).split('\n');
    return { python: undefined, reason: `Optuna ${version} could not be installed: ${reason}` };
  }
}

function hasOptuna(python: string): Promise<boolean> {
  const script = `import importlib.metadata as m; assert m.version("optuna") == "${version}"`;
  return run(python, ['-c', script], { seconds: 60 }).then(
    () => true,
    () => false,
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

export interface Case {
  readonly pruner: 'median' | 'halving' | 'hyperband' | 'patient';
  /** Options of the pruner's constructor. */
  readonly options: Readonly<Record<string, number>>;
  /** By trial, the values of its steps 1, 2, … */
  readonly curves: readonly (readonly number[])[];
  /** Trials in the order in which they report. */
  readonly order: readonly number[];
  /** Whether a pruned trial reports no more. */
  readonly stops: boolean;
}

const Answers = z.array(z.strictObject({ pruned: z.array(z.boolean()), brackets: z.array(z.int()) }));
/** Whether each report's trial was to be pruned, and for Hyperband the bracket of each trial. */
export type Answer = z.output<typeof Answers>[number];

export function askOptuna(python: string, cases: readonly Case[]): Answer[] {
  const { status, stdout, stderr } = spawnSync(python, [join(import.meta.dirname, 'pruners.py')], {
    input: JSON.stringify(cases),
    encoding: 'utf8',
    timeout: 60_000,
    maxBuffer: 2 ** 26,
  });
  if (status !== 0) throw new Error(`pruners.py: ${stderr}`);
  return Answers.parse(JSON.parse(stdout));
}

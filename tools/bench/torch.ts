import { installedPaths } from '@honyaku/contracts';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { findPyTorch } from '../pytorch/python.ts';
import { publishFolder } from '../setup/step.ts';
import { run } from '../setup/command.ts';

const versions = { torch: '2.15.0', safetensors: '0.8.0', numpy: '2.4.6' };
const installLimitSeconds = 3600;

/** A Python and what it needs in its environment. */
export interface Python {
  readonly python: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** How to run Python with PyTorch: what is at hand, else PyTorch in the cache folder, fetched once. */
export async function preparePyTorch(report: (line: string) => void): Promise<Python> {
  const found = await findPyTorch(['safetensors']);
  if (found) return { python: found.python, environment: {} };
  const { home } = installedPaths();
  const name = `bench-torch-${versions.torch}-safetensors-${versions.safetensors}`;
  if (!existsSync(join(home, name))) {
    report(`… PyTorch ${versions.torch} for the comparison (3 GB)`);
    const started = performance.now();
    const ticker = setInterval(() => report(`  ${minutesSince(started)} min`), 60_000);
    await publishFolder(home, name, install).finally(() => clearInterval(ticker));
  }
  return { python: 'python3', environment: { PYTHONPATH: join(home, name) } };
}

async function install(folder: string): Promise<void> {
  const options = ['--no-cache-dir', '--no-input', '--disable-pip-version-check', '--only-binary=:all:'];
  const packages = Object.entries(versions).map(([name, version]) => `${name}==${version}`);
  await run('python3', ['-m', 'pip', 'install', ...options, '--target', folder, ...packages], {
    seconds: installLimitSeconds,
  });
}

function minutesSince(started: number): string {
  return ((performance.now() - started) / 60_000).toFixed(0);
}

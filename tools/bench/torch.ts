import { installedPaths } from '@honyaku/contracts';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { findPyTorch } from '../pytorch/python.ts';
import { publishFolder } from '../setup/cache-folder.ts';
import { run } from '../setup/command.ts';

const version = '2.15.0';

/** How to run Python with PyTorch: what is at hand, else PyTorch in the cache folder, fetched once. */
export async function preparePyTorch(
  say: (line: string) => void,
): Promise<{ python: string; environment: Record<string, string> }> {
  const found = await findPyTorch([]);
  if (found) return { python: found.python, environment: {} };
  const { home } = installedPaths();
  const name = `bench-torch-${version}`;
  if (!existsSync(join(home, name))) {
    say(`… PyTorch ${version} for the comparison (3 GB)`);
    const options = ['--no-cache-dir', '--no-input', '--disable-pip-version-check', '--only-binary=:all:'];
    await publishFolder(home, name, async (folder) => {
      await run('python3', ['-m', 'pip', 'install', ...options, '--target', folder, `torch==${version}`], {
        seconds: 3600,
      });
    });
  }
  return { python: 'python3', environment: { PYTHONPATH: join(home, name) } };
}

/** Stands in for NVIDIA's program on machines without its driver: prints a given text, in a folder for PATH. */
import { chmod, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** @returns the folder that holds it as `nvidia-smi` */
export async function fakeNvidiaSmi(says: string, exitCode = 0): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'honyaku-fake-nvidia-smi-'));
  const program = join(folder, 'nvidia-smi');
  await writeFile(join(folder, 'says'), says);
  await writeFile(
    program,
    `#!/bin/sh\n# A fake: there is no driver here.\ncat '${folder}/says'\nexit ${exitCode}\n`,
  );
  await chmod(program, 0o755);
  return folder;
}

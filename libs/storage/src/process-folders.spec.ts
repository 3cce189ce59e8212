import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { processFolder, removeAbandonedFolders } from './process-folders.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'process-folders-'));
  vi.stubEnv('TMPDIR', folder);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

it('folders of processes that no longer run are removed, and no others', async () => {
  const running = spawn(process.execPath, ['--eval', 'setInterval(() => undefined, 1000)']);
  const killed = spawn(process.execPath, ['--eval', 'setInterval(() => undefined, 1000)']);
  killed.kill('SIGKILL');
  await once(killed, 'exit');
  const own = await processFolder('corpus');
  const [theirs, gone, earlier, another, foreign] = [
    `honyaku-corpus-${running.pid}-0123abcd-AbCdEf`,
    `honyaku-corpus-${killed.pid}-0123abcd-AbCdEf`,
    // Of a process before this one that had its number, as in a container.
    `honyaku-translator-${process.pid}-0123abcd-AbCdEf`,
    `honyaku-other-${killed.pid}-0123abcd-AbCdEf`,
    'honyaku-corpus-notes',
  ];
  for (const name of [theirs, gone, earlier, another, foreign]) {
    await mkdir(join(folder, name));
    await writeFile(join(folder, name, 'pairs.tsv'), 'x');
  }
  await removeAbandonedFolders(['corpus', 'translator']);
  expect((await readdir(folder)).sort()).toEqual(
    [own.slice(folder.length + 1), theirs, another, foreign].sort(),
  );
  running.kill('SIGKILL');
});

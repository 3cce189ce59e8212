import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { putBacksIn } from '@honyaku/contracts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { WorkerPlatform } from './worker-platform.ts';

let platform: WorkerPlatform;
let folder: string;
const path = process.env['PATH'];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'honyaku-fake-python-'));
  await writeFile(join(folder, 'python3'), '#!/bin/sh\nkill -9 $$\n', { mode: 0o755 });
  platform = await WorkerPlatform.open();
  process.env['PATH'] = `${folder}:${path}`;
});
afterAll(async () => {
  process.env['PATH'] = path;
  await platform?.close();
  await rm(folder, { recursive: true });
});

it('gives a dataset up whose tokenizers are killed at every try, with the reason, within seconds', async () => {
  await platform.startWorker('without-memory');
  const job = await platform.preprocess();
  await expect(platform.finished(job)).rejects.toThrow(
    /^OutOfMemory: training of the \w+ tokenizer ended with SIGKILL, 5 times$/,
  );
  const { logs } = await platform.logsOf(job);
  expect(putBacksIn(logs)).toHaveLength(5);
  expect(putBacksIn(logs)[0]).toMatchObject({
    kind: 'child lost',
    reason: expect.stringContaining('SIGKILL'),
  });
});

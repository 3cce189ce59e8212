import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fakeNvidiaSmi } from '@honyaku/tensor-process/fake-nvidia-smi';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { startStack } from '../src/stack.ts';

let folder: string;
let fakes: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'honyaku-gpus-'));
  fakes = await fakeNvidiaSmi('GPU-1, NVIDIA H200, 550.54.15\nGPU-2, NVIDIA H200, 550.54.15\n');
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await Promise.all([folder, fakes].map((each) => rm(each, { recursive: true, force: true })));
});

it('`up` gives each worker a GPU of its own', async () => {
  vi.stubEnv('PATH', `${fakes}${delimiter}${process.env['PATH']}`);
  const stack = await startStack({ folder, workers: 2 });
  try {
    const environments = await Promise.all(
      stack.workerPids().map((pid) => readFile(`/proc/${pid}/environ`, 'utf8')),
    );
    const visible = environments.map((text) => /(?:^|\0)CUDA_VISIBLE_DEVICES=([^\0]*)/.exec(text)?.[1]);
    expect(visible).toEqual(['GPU-1', 'GPU-2']);
  } finally {
    await stack.stop();
  }
});

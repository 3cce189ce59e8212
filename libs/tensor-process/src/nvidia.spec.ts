import { rm } from 'node:fs/promises';
import { delimiter } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { fakeNvidiaSmi } from '../test/fake-nvidia-smi.ts';
import { gpuOfEach, nvidiaDriver } from './nvidia.ts';

const twoGpus = `GPU-0b1c2d3e-0000-1111-2222-333344445555, NVIDIA A100-SXM4-40GB, 550.54.15
GPU-9f8e7d6c-0000-1111-2222-333344445555, Tesla T4, 550.54.15
`;
const [first, second] = [
  'GPU-0b1c2d3e-0000-1111-2222-333344445555',
  'GPU-9f8e7d6c-0000-1111-2222-333344445555',
];

const folders: string[] = [];
async function withNvidiaSmi(says: string, exitCode = 0): Promise<void> {
  const folder = await fakeNvidiaSmi(says, exitCode);
  folders.push(folder);
  vi.stubEnv('PATH', `${folder}${delimiter}${process.env['PATH']}`);
}
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
});

describe('nvidiaDriver', () => {
  it('is undefined where no driver is installed', async () => {
    vi.stubEnv('PATH', '/nowhere');
    expect(await nvidiaDriver()).toBeUndefined();
  });

  it('names every GPU and the driver', async () => {
    await withNvidiaSmi(twoGpus);
    expect(await nvidiaDriver()).toEqual({
      version: '550.54.15',
      gpus: [
        { uuid: first, name: 'NVIDIA A100-SXM4-40GB' },
        { uuid: second, name: 'Tesla T4' },
      ],
    });
  });

  it.each([
    ['No devices were found\n', 6],
    ['Failed to initialize NVML: Driver/library version mismatch\nNVML library version: 550.54\n', 18],
    ['No devices were found\n', 0],
  ])('repeats why the driver shows none: %s', async (says, exitCode) => {
    await withNvidiaSmi(says, exitCode);
    expect(await nvidiaDriver()).toEqual({
      version: undefined,
      gpus: [],
      failure: says.trim().replace('\n', ' '),
    });
  });
});

describe('gpuOfEach', () => {
  it('gives each process a GPU of its own, and begins anew when there are fewer', async () => {
    await withNvidiaSmi(twoGpus);
    expect(await gpuOfEach(3, {})).toEqual([first, second, first]);
  });

  it('shares out those that CUDA_VISIBLE_DEVICES names', async () => {
    expect(await gpuOfEach(2, { CUDA_VISIBLE_DEVICES: '3,1' })).toEqual(['3', '1']);
    expect(await gpuOfEach(1, { CUDA_VISIBLE_DEVICES: '' })).toEqual(['']);
  });

  it('sets nothing without a GPU', async () => {
    vi.stubEnv('PATH', '/nowhere');
    expect(await gpuOfEach(2, {})).toEqual([undefined, undefined]);
  });
});

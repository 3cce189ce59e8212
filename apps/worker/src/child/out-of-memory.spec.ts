import { Corrupt, OutOfMemory } from '@honyaku/contracts';
import { describe, expect, it } from 'vitest';
import { mapOutOfMemory } from './out-of-memory.ts';

describe('mapOutOfMemory', () => {
  it("converts TensorFlow's error for a tensor that does not fit, and keeps the cause", async () => {
    const cause = new Error('OOM when allocating tensor with shape[4096,8000] and type float');
    const failure = mapOutOfMemory(() => Promise.reject(cause));
    await expect(failure).rejects.toThrow(OutOfMemory);
    await expect(failure).rejects.toMatchObject({ cause });
  });

  // Messages from the libraries of TensorFlow 2.21 for CPUs and CUDA, some as tfjs-node formats them.
  it.each([
    'Invalid TF_Status: 8\nMessage: OOM when allocating tensor with shape[1] on /device:GPU:0 by allocator GPU_0_bfc',
    'OOM when allocating tensor of shape [4096,8000] and type float',
    'OOM when allocating temporary tensor with shape [512]',
    'Allocator (GPU_0_bfc) ran out of memory trying to allocate 1.50GiB',
    'CUDA runtime implicit initialization on GPU:0 failed. Status: out of memory',
    'failed to allocate 2.00GiB from device: RESOURCE_EXHAUSTED: CUDA_ERROR_OUT_OF_MEMORY: out of memory',
    'Failed to allocate memory for the batch of component 0',
    'failed to create cublas handle: the resource allocation failed',
    'CUDNN_STATUS_ALLOC_FAILED',
    'CUBLAS_STATUS_NOT_INITIALIZED',
    'Dst tensor is not initialized.',
    'std::bad_alloc',
    'Array buffer allocation failed',
  ])('recognizes %s', async (message) => {
    await expect(mapOutOfMemory(() => Promise.reject(new Error(message)))).rejects.toThrow(OutOfMemory);
  });

  it('passes other errors and results on', async () => {
    await expect(mapOutOfMemory(() => Promise.reject(new Corrupt('a shard')))).rejects.toThrow(Corrupt);
    await expect(mapOutOfMemory(() => Promise.reject(new TypeError('x')))).rejects.toThrow(TypeError);
    expect(await mapOutOfMemory(() => Promise.resolve(3))).toBe(3);
  });
});

import { Corrupt, OutOfMemory } from '@honyaku/contracts';
import { describe, expect, it } from 'vitest';
import { namingOutOfMemory } from './out-of-memory.ts';

describe('namingOutOfMemory', () => {
  it('names what TensorFlow says when a tensor does not fit, and keeps the cause', async () => {
    const cause = new Error('OOM when allocating tensor with shape[4096,8000] and type float');
    const failure = namingOutOfMemory(() => Promise.reject(cause));
    await expect(failure).rejects.toThrow(OutOfMemory);
    await expect(failure).rejects.toMatchObject({ cause });
  });

  // From the texts in the libraries of TensorFlow 2.21 for CPUs and for CUDA, and as tfjs-node words a status.
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
  ])('knows %s', async (message) => {
    await expect(namingOutOfMemory(() => Promise.reject(new Error(message)))).rejects.toThrow(OutOfMemory);
  });

  it('leaves other failures and results alone', async () => {
    await expect(namingOutOfMemory(() => Promise.reject(new Corrupt('a shard')))).rejects.toThrow(Corrupt);
    await expect(namingOutOfMemory(() => Promise.reject(new TypeError('x')))).rejects.toThrow(TypeError);
    expect(await namingOutOfMemory(() => Promise.resolve(3))).toBe(3);
  });
});

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

  it('leaves other failures and results alone', async () => {
    await expect(namingOutOfMemory(() => Promise.reject(new Corrupt('a shard')))).rejects.toThrow(Corrupt);
    await expect(namingOutOfMemory(() => Promise.reject(new TypeError('x')))).rejects.toThrow(TypeError);
    expect(await namingOutOfMemory(() => Promise.resolve(3))).toBe(3);
  });
});

import { Cancelled, InvalidInput } from '@honyaku/contracts';
import { afterEach, describe, expect, it } from 'vitest';
import { echoProtocol } from './echo-protocol.fixture.ts';
import { ChildLost, TensorProcess } from './tensor-process.ts';

const child = new TensorProcess(echoProtocol, new URL('./echo-child.fixture.ts', import.meta.url));
afterEach(() => child.stop());

describe('TensorProcess', () => {
  it('answers requests in the same child, and lets NaN and infinities through', async () => {
    expect(await child.request('echo', 1.5)).toBe(1.5);
    const { pid } = child;
    expect(await child.request('echo', NaN)).toBeNaN();
    expect(await child.request('echo', -Infinity)).toBe(-Infinity);
    expect(child.pid).toBe(pid);
  });

  it('gives the kind and message of what the child threw', async () => {
    await expect(child.request('fail', 'dropout: too big')).rejects.toThrow(InvalidInput);
    await expect(child.request('fail', 'dropout: too big')).rejects.toThrow('dropout: too big');
  });

  it('tells a request that the child was lost, and answers the next from a new one', async () => {
    await expect(child.request('crash', 1)).rejects.toThrow(ChildLost);
    expect(await child.request('echo', 2)).toBe(2);
  });

  it('stops a request at its next breath', async () => {
    const controller = new AbortController();
    const seen: number[] = [];
    const counting = child.request('count', 1_000_000, {
      signal: controller.signal,
      onProgress: (step) => {
        seen.push(step);
        if (step === 10) controller.abort();
      },
    });
    await expect(counting).rejects.toThrow(Cancelled);
    expect(seen.length).toBeLessThan(1_000_000);
  });

  it('kills a child that takes longer than the limit', async () => {
    await child.request('echo', 1);
    const endless = child.request('count', 1_000_000_000, { limitSeconds: 0.2 });
    await expect(endless).rejects.toThrow(ChildLost);
  });

  it('restarts for another environment and keeps secrets from the child', async () => {
    process.env['AWS_SECRET_ACCESS_KEY'] = 'secret';
    expect(await child.request('variable', 'AWS_SECRET_ACCESS_KEY')).toBe('');
    delete process.env['AWS_SECRET_ACCESS_KEY'];
    const { pid } = child;
    const environment = { TF_NUM_INTRAOP_THREADS: '7' };
    expect(await child.request('variable', 'TF_NUM_INTRAOP_THREADS', { environment })).toBe('7');
    expect(child.pid).not.toBe(pid);
  });
});

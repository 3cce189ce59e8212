import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { getPriority } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Cancelled, ChildLost, InvalidInput, giveBackSeconds } from '@honyaku/contracts';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { echoProtocol } from './echo-protocol.fixture.ts';
import { TensorProcess } from './tensor-process.ts';

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

  it('lets those first who have to answer in time', async () => {
    await child.request('echo', 1);
    expect(getPriority(child.pid ?? 0)).toBeGreaterThanOrEqual(10);
  });

  it('gives the kind and message of what the child threw', async () => {
    await expect(child.request('fail', 'dropout: too big')).rejects.toThrow(InvalidInput);
    await expect(child.request('fail', 'dropout: too big')).rejects.toThrow('dropout: too big');
  });

  it('fails a request whose child was lost, and answers the next from a new one', async () => {
    await expect(child.request('crash', 1)).rejects.toThrow(ChildLost);
    expect(await child.request('echo', 2)).toBe(2);
  });

  it('fails a request too when a program that the child had started was lost', async () => {
    await expect(child.request('lose', 'killed')).rejects.toThrow(ChildLost);
    await expect(child.request('lose', 'killed')).rejects.toThrow('killed');
  });

  it('lets the child ignore what it cannot read, and answer on', async () => {
    const script = fileURLToPath(new URL('./echo-child.fixture.ts', import.meta.url));
    const execArgv = ['--import', import.meta.resolve('tsx')];
    const forked = fork(script, [], {
      serialization: 'advanced',
      execArgv,
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    try {
      const answered = once(forked, 'message');
      forked.send({ type: 'of a later version' });
      forked.send({ type: 'request', id: 1, name: 'echo', payload: 3 });
      const [message] = await answered;
      expect(message).toMatchObject({ type: 'result', id: 1, result: 3 });
    } finally {
      forked.kill('SIGKILL');
    }
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

  it('counts a child as stopped, not as lost, that it kills because it does not stop in time', async () => {
    const controller = new AbortController();
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const frozen = child.request('freeze', 1, {
        signal: controller.signal,
        onProgress: () => {
          controller.abort();
          vi.advanceTimersByTime(giveBackSeconds * 1000);
        },
      });
      await expect(frozen).rejects.toThrow(Cancelled);
    } finally {
      vi.useRealTimers();
    }
    expect(await child.request('echo', 2)).toBe(2);
  });

  it('fails the request when what hears of its progress fails', async () => {
    const counting = child.request('count', 20, {
      onProgress: () => {
        throw new RangeError('a counter went down');
      },
    });
    await expect(counting).rejects.toThrow('count: a counter went down');
    expect(await child.request('echo', 2)).toBe(2);
  });

  it('aborts the signal of a request that waits rather than computes', async () => {
    await child.request('echo', 1);
    const controller = new AbortController();
    const waiting = child.request('wait', 1, { signal: controller.signal });
    setImmediate(() => controller.abort());
    expect(await waiting).toBe('was aborted');
  });

  it('does not begin a request that was stopped while it waited for its turn', async () => {
    const controller = new AbortController();
    const first = child.request('count', 20);
    const second = child.request('crash', 1, { signal: controller.signal });
    controller.abort();
    expect(await first).toBe(20);
    await expect(second).rejects.toThrow(Cancelled);
  });

  it('ends with its parent, also when that is killed in the middle of a request', async () => {
    const script = fileURLToPath(new URL('./echo-parent.fixture.ts', import.meta.url));
    const parent = spawn(process.execPath, ['--import', 'tsx', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [output] = await once(parent.stdout, 'data');
    const pid = Number(output);
    expect(isAlive(pid)).toBe(true);
    parent.kill('SIGKILL');
    await once(parent, 'exit');
    await vi.waitUntil(() => !isAlive(pid), { timeout: 240_000 });
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

/** What has ended and waits to be collected by a new parent counts as gone. */
function isAlive(pid: number): boolean {
  try {
    return !readFileSync(`/proc/${pid}/status`, 'utf8').includes('\nState:\tZ');
  } catch {
    return false;
  }
}

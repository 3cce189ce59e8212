import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Cancelled, Unavailable } from '@honyaku/contracts';
import { ObjectStore } from '@honyaku/storage';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LocalStack } from './local-stack.ts';
import { Supervision } from './supervision.ts';

const policy = { first: 0.001, most: 0.004, forgottenAfter: 60, failures: 3 };
const died = { ended: Promise.resolve('SIGKILL') };
const lives = { ended: new Promise<string>(() => undefined) };
const fail = (error: Error) => expect.unreachable(error.message);

describe('a supervision', () => {
  it('starts again what died, also after starts that failed, and reports both', async () => {
    const sentences: string[] = [];
    const starts = [new Unavailable('full'), died, new Unavailable('full'), lives];
    const supervision = new Supervision(
      'store',
      async () => {
        const next = starts.shift() ?? lives;
        if (next instanceof Error) throw next;
        return next;
      },
      { onEvent: (sentence) => sentences.push(sentence), onLost: fail },
      policy,
    );
    supervision.begin(died, performance.now());
    await expect.poll(() => starts).toEqual([]);
    await supervision.stop();
    expect(sentences).toEqual([
      'store died (SIGKILL); it is started again in 0.001 s',
      'store did not start; it is tried again in 0.002 s',
      'store died (SIGKILL); it is started again in 0.004 s',
      'store did not start; it is tried again in 0.004 s',
    ]);
  });

  it('ends, with the last error, when too many starts in a row have failed', async () => {
    let starts = 0;
    const lost = await new Promise<Error>((onLost) => {
      const start = () => Promise.reject(new Unavailable(`no disk at start ${(starts += 1)}`));
      const events = { onEvent: () => undefined, onLost };
      new Supervision('store', start, events, policy).begin(died, performance.now());
    });
    expect(lost).toBeInstanceOf(Unavailable);
    expect(lost.message).toBe('store died and cannot be started again: no disk at start 3');
    expect(starts).toBe(3);
  });

  it('interrupts a start that is under way when it is stopped', async () => {
    let begun: () => void = () => undefined;
    const hasBegun = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const start = (interrupted: AbortSignal) =>
      new Promise<never>((_resolve, reject) => {
        interrupted.addEventListener('abort', () => reject(new Cancelled('interrupted')));
        begun();
      });
    const supervision = new Supervision('store', start, { onEvent: () => undefined, onLost: fail }, policy);
    supervision.begin(died, performance.now());
    await hasBegun;
    await supervision.stop();
  });
});

describe('servers of a local stack', () => {
  let stack: LocalStack;
  const ready: string[] = [];
  beforeAll(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'honyaku-supervision-'));
    stack = await LocalStack.start({ folder, onReady: (name) => ready.push(name) });
  });
  afterAll(async () => {
    await stack.stop();
    await rm(stack.folder, { recursive: true });
  });

  it('are started again when they die, with their data and at their addresses', async () => {
    const sentences: string[] = [];
    stack.superviseServers({ onEvent: (sentence) => sentences.push(sentence), onLost: fail });
    const { redis, objects } = stack;
    const client = new ObjectStore({ ...stack.bucket, region: 'us-east-1' });
    await client.put('before', 'text');
    ready.splice(0);
    for (const { pid } of [redis, objects]) process.kill(pid, 'SIGKILL');
    await expect.poll(() => ready.toSorted()).toEqual(['Redis', 'object store']);
    expect(sentences.toSorted()).toEqual([
      'Redis died (SIGKILL); it is started again in 1 s',
      'object store died (SIGKILL); it is started again in 1 s',
    ]);
    expect(stack.redis).toMatchObject({ url: redis.url });
    expect(stack.redis.pid).not.toBe(redis.pid);
    // It answers a moment before it has found its volumes again.
    await expect.poll(() => client.getText('before').catch(() => undefined)).toBe('text');
  });

  it('stay away once the stack was stopped', async () => {
    const pids = [stack.redis.pid, stack.objects.pid];
    await stack.stop();
    for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow();
  });
});

/** The API as a separate process: its start, its shutdown and its death. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { SweepView, routes, urlOf } from '@honyaku/contracts';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Script } from '@honyaku/local-stack/fake-trainer';
import { Gate, ApiPlatform, digest, improving } from './api-platform.ts';

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const root = fileURLToPath(new URL('../../..', import.meta.url));

let platform: ApiPlatform;
const children: ChildProcess[] = [];
beforeAll(async () => {
  platform = await ApiPlatform.open();
});
afterEach(() => children.splice(0).forEach((child) => child.kill('SIGKILL')));
afterAll(() => platform?.close());

function run(settings: Record<string, string>) {
  const child = spawn(process.execPath, ['--import', 'tsx', main], {
    cwd: root,
    env: { PATH: process.env['PATH'], ...platform.variables(settings) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  let output = '';
  let errors = '';
  child.stdout.on('data', (chunk) => (output += String(chunk)));
  const found = (pattern: RegExp) =>
    new Promise<string>((resolve) => {
      child.stdout.on('data', () => {
        const match = pattern.exec(output)?.[1];
        if (match !== undefined) resolve(match);
      });
    });
  const listening = found(/"url":"([^"]+)"/);
  child.stderr.on('data', (chunk) => (errors += String(chunk)));
  const exit = once(child, 'exit').then(([code]) => ({ code: Number(code), output, errors }));
  const endedEarly = async () => {
    await exit;
    throw new Error(`the API ended: ${errors}`);
  };
  return {
    child,
    listening: () => Promise.race([listening, endedEarly()]),
    printed: (text: string) => Promise.race([found(new RegExp(`(${text})`)), endedEarly()]),
    exit,
  };
}

describe('the API process', () => {
  it('writes JSON lines and ends with 0 at SIGTERM', async () => {
    const { child, listening, exit } = run({});
    expect((await fetch(`${await listening()}${routes.ready.path}`)).status).toBe(200);
    child.kill('SIGTERM');
    const { code, output } = await exit;
    expect(code).toBe(0);
    const lines = output.trim().split('\n');
    expect(lines.map((line) => JSON.parse(line).msg)).toContain('honyaku API is listening');
    expect(output).not.toContain(platform.bucket.secretKey);
  });

  it('ends at SIGTERM within its time limit even if Redis and the bucket do not answer', async () => {
    const { child, listening, exit } = run({ HONYAKU_LOG_LEVEL: 'info' });
    const url = await listening();
    const body = JSON.stringify({ name: 'stuck', corpus: { digest }, trials: 4, concurrency: 4 });
    const headers = { 'content-type': 'application/json' };
    const submitted = await fetch(`${url}${routes.sweeps.path}`, { method: 'POST', headers, body });
    const { id } = SweepView.parse(await submitted.json());
    const frozen = [platform.redis.pid, platform.bucket.pid];
    for (const pid of frozen) process.kill(pid, 'SIGSTOP');
    try {
      const waiting = [routes.sweeps.path, urlOf(routes.cancel, { id }), routes.preview.path].map((path) =>
        fetch(`${url}${path}`, path === routes.sweeps.path ? {} : { method: 'POST', headers, body }).catch(
          () => undefined,
        ),
      );
      await fetch(`${url}${routes.live.path}`);
      const asked = performance.now();
      child.kill('SIGTERM');
      const { output } = await exit;
      expect(performance.now() - asked).toBeLessThan(60_000);
      expect(output).toContain('"signal":"SIGTERM"');
      await Promise.all(waiting);
    } finally {
      for (const pid of frozen) process.kill(pid, 'SIGCONT');
    }
    await platform.call(SweepView, 'POST', urlOf(routes.cancel, { id }));
  });

  it('ends at SIGTERM while it waits for Redis at start-up', async () => {
    const { child, exit, printed } = run({
      HONYAKU_REDIS_URL: 'redis://127.0.0.1:1',
      HONYAKU_LOG_LEVEL: 'info',
    });
    await printed('waiting for Redis');
    child.kill('SIGTERM');
    const { code, output } = await exit;
    expect({ code, signal: child.signalCode }).toEqual({ code: 0, signal: null });
    expect(output).toContain('"signal":"SIGTERM"');
  });

  it('reports in one line that its port is in use, or that a setting is missing', async () => {
    const port = new URL(platform.api.url).port;
    const taken = await run({ HONYAKU_API_PORT: port, HONYAKU_LOG_LEVEL: 'silent' }).exit;
    expect(taken).toMatchObject({ code: 1, output: '' });
    expect(taken.errors).toBe(`honyaku API: port ${port} is in use; choose another with HONYAKU_API_PORT\n`);
    const wrong = await run({ HONYAKU_REDIS_URL: 'nowhere' }).exit;
    expect(wrong).toMatchObject({
      code: 1,
      errors: expect.stringMatching(/^honyaku API: .*HONYAKU_REDIS_URL.*\n$/),
    });
  });

  it('writes warnings of libraries as JSON lines, and reports an address that the machine does not have', async () => {
    const redis = new Redis(platform.redis.url);
    await redis.config('SET', 'maxmemory-policy', 'allkeys-lru');
    try {
      const { child, listening, exit } = run({});
      expect((await fetch(`${await listening()}${routes.ready.path}`)).status).toBe(503);
      child.kill('SIGTERM');
      const { output, errors } = await exit;
      expect(errors).toBe('');
      const messages = output
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
      expect(messages).toContainEqual(
        expect.objectContaining({ msg: 'not ready', reason: expect.stringContaining('allkeys-lru') }),
      );
    } finally {
      await redis.config('SET', 'maxmemory-policy', 'noeviction');
      redis.disconnect();
    }
    // From a network that is reserved for documentation.
    const elsewhere = { HONYAKU_HOST: '203.0.113.1', HONYAKU_API_TOKEN: '0123456789abcdef' };
    expect((await run(elsewhere).exit).errors).toBe(
      'honyaku API: HONYAKU_HOST 203.0.113.1 is not an address of this machine (EADDRNOTAVAIL)\n',
    );
  });

  it('can be killed in the middle of a sweep, which its successor then continues', async () => {
    const reached = new Gate();
    const released = new Gate();
    const beforeCommit: Script['beforeCommit'] = async ({ epoch }) => {
      if (epoch !== 2) return;
      reached.open();
      await released.opened;
    };
    await platform.api.close();
    const first = run({});
    const url = await first.listening();
    await platform.withTrainer({ perplexity: improving, beforeCommit }, async (trainer) => {
      const body = JSON.stringify({ name: 'killed', corpus: { digest }, epochs: 3 });
      const headers = { 'content-type': 'application/json' };
      const answer = await fetch(`${url}${routes.sweeps.path}`, { method: 'POST', headers, body });
      const { id } = SweepView.parse(await answer.json());
      await reached.opened;
      first.child.kill('SIGKILL');
      await first.exit;
      released.open();
      platform.api = await platform.start();
      expect(await platform.ended(id)).toMatchObject({ state: 'completed', epochsDone: 3 });
      expect(trainer.trained).toEqual([1, 2, 3].map((epoch) => `${id}-0001.${epoch}`));
    });
  });
});

import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Conflict } from '@honyaku/contracts';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type EmbeddedServer, startObjectStore, startRedis } from './index.ts';

let folder: string;
const running: EmbeddedServer[] = [];
const started = async <Server extends EmbeddedServer>(server: Promise<Server>): Promise<Server> => {
  running.push(await server);
  return server;
};
const isRunning = (pid: number) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'embedded-'));
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.stop()));
});
afterAll(() => rm(folder, { recursive: true }));

describe('startRedis', () => {
  it('answers with its password, and its process is gone after stop', async () => {
    const redis = await started(startRedis({ folder: join(folder, 'redis') }));
    expect(redis.url).toMatch(/^redis:\/\/:[0-9a-f]{48}@127\.0\.0\.1:\d+$/);
    await redis.stop();
    expect(isRunning(redis.pid)).toBe(false);
  });

  it('refuses a second start on the same folder', async () => {
    await started(startRedis({ folder: join(folder, 'redis') }));
    await expect(startRedis({ folder: join(folder, 'redis') })).rejects.toThrow(Conflict);
  });

  it('names a port that is in use', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    await expect(startRedis({ folder: join(folder, 'other'), port })).rejects.toThrow(`port ${port}`);
    other.close();
  });

  it('leaves nothing running when its parent is killed', async () => {
    const script = `
      import { startRedis } from ${JSON.stringify(new URL('./index.ts', import.meta.url).href)};
      const redis = await startRedis({ folder: ${JSON.stringify(join(folder, 'orphan'))} });
      console.log(redis.pid);
      setInterval(() => {}, 1000);`;
    const parent = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = await once(parent.stdout, 'data');
    const pid = Number(String(line));
    expect(isRunning(pid)).toBe(true);
    parent.kill('SIGKILL');
    await expect.poll(() => isRunning(pid), { timeout: 5000 }).toBe(false);
  });
});

describe('startObjectStore', () => {
  it('keeps its credentials between runs and refuses anonymous readers', async () => {
    const first = await started(startObjectStore({ folder: join(folder, 'weed') }));
    const answer = await fetch(`${first.endpoint}/${first.bucket}?list-type=2`);
    expect(answer.status).toBe(403);
    await first.stop();
    expect(isRunning(first.pid)).toBe(false);
    const second = await started(startObjectStore({ folder: join(folder, 'weed') }));
    expect(second.secretKey).toBe(first.secretKey);
  });
});

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type StopNotice, redisNames } from '@honyaku/contracts';
import { type EmbeddedRedis, startRedis } from '@honyaku/embedded';
import { Redis } from 'ioredis';
import pino from 'pino';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { StopNoticeListener } from './stop-notices.ts';

let folder: string;
let server: EmbeddedRedis;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'honyaku-stop-'));
  server = await startRedis({ folder });
});
afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true });
});

it('ignores and counts messages that it cannot read, and receives later notices', async () => {
  const received: StopNotice[] = [];
  let ignored = 0;
  const listener = { stop: (notice: StopNotice) => received.push(notice), ignored: () => (ignored += 1) };
  const channel = redisNames().stop;
  const notices = new StopNoticeListener({ url: server.url, channel }, listener, pino({ level: 'silent' }));
  const redis = new Redis(server.url);
  const publish = (message: string) => redis.publish(channel, message);
  try {
    await vi.waitUntil(async () => (await publish('not JSON')) === 1, { timeout: 10_000 });
    await publish('{"sweepId":"nb-8549ec","because":"upgraded"}');
    await publish('{"sweepId":"nb-8549ec","because":"paused","by":"a later version"}');
    await vi.waitUntil(() => received.length > 0, { timeout: 10_000 });
    expect(received).toEqual([{ sweepId: 'nb-8549ec', because: 'paused' }]);
    expect(ignored).toBe(2);
  } finally {
    redis.disconnect();
    notices.close();
  }
});

/** A real API process, asked for what takes long: its event loop goes on. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ErrorBody, paths } from '@honyaku/contracts';
import {
  type EmbeddedObjectStore,
  type EmbeddedRedis,
  startObjectStore,
  startRedis,
} from '@honyaku/embedded';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type StormRequest, nastyRequests } from './nasty-requests.ts';
import { WatchedPlatform } from './watched-platform.ts';

/** CPU milliseconds for which one turn of the event loop may have the thread. */
const longestPause = 100;

const folder = mkdtempSync(join(tmpdir(), 'honyaku-storm-'));
let redis: EmbeddedRedis;
let bucket: EmbeddedObjectStore;
let platform: WatchedPlatform;
let requests: readonly StormRequest[];

beforeAll(async () => {
  [redis, bucket] = await Promise.all([
    startRedis({ folder: join(folder, 'redis') }),
    startObjectStore({ folder: join(folder, 's3') }),
  ]);
  const size = { workers: 4, secondsAnEpoch: 2 };
  platform = await WatchedPlatform.start({ folder, redisUrl: redis.url, bucket }, size);
  const sweep = await platform.submit({ name: 'running', trials: 4, concurrency: 4, epochs: 1_000 });
  requests = nastyRequests({ corpus: platform.corpus, sweep });
});
afterAll(async () => {
  await platform?.stop();
  await Promise.all([redis?.stop(), bucket?.stop()]);
  rmSync(folder, { recursive: true, force: true });
});

function send({ method, path, type, body }: StormRequest): Promise<Response> {
  return fetch(`${platform.url}${path}`, {
    method,
    ...(type === undefined ? {} : { headers: { 'content-type': type } }),
    ...(body === undefined ? {} : { body }),
    signal: AbortSignal.timeout(120_000),
  });
}

describe('the API', () => {
  it('answers everybody else while it is asked for what takes long, and refuses that in words', async () => {
    const pauses: { name: string; cpuMilliseconds: number }[] = [];
    for (const request of requests) {
      const answer = await send(request);
      const text = await answer.text();
      expect(answer.status, `${request.name}: ${text.slice(0, 300)}`).toBeLessThan(500);
      if (answer.status >= 400) {
        expect(text.length, request.name).toBeLessThan(30_000);
        ErrorBody.parse(JSON.parse(text));
      }
      const { cpuMilliseconds } = await platform.watch.longest();
      pauses.push({ name: request.name, cpuMilliseconds });
    }
    expect(pauses.filter(({ cpuMilliseconds }) => cpuMilliseconds > longestPause)).toEqual([]);
  }, 900_000);

  it('ends at SIGTERM though it is busy with all of them at once', async () => {
    const answers = requests.map((request) => send(request).catch(() => undefined));
    await fetch(`${platform.url}${paths.live}`);
    const started = Date.now();
    expect(await platform.terminate(60)).not.toBeNull();
    expect(Date.now() - started).toBeLessThan(30_000);
    await Promise.all(answers);
  }, 120_000);
});

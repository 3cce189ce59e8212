/** A real API process, asked for what takes long: its event loop goes on. */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { ApiClient } from '@honyaku/cli';
import { ErrorBody, paths } from '@honyaku/contracts';
import {
  type EmbeddedObjectStore,
  type EmbeddedRedis,
  startObjectStore,
  startRedis,
} from '@honyaku/embedded';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Service, startApi } from '../processes/services.ts';
import { PretendWorkers } from '../simulate/pretend-process.ts';
import { LoopWatch } from './loop-watch.ts';
import { type StormRequest, nastyRequests } from './nasty-requests.ts';

/** CPU milliseconds for which one turn of the event loop may have the thread. */
const longestPause = 100;
const pairs = Array.from({ length: 20 }, (_, n) => `犬 ${n}\ta dog ${n}\n`).join('');
const corpus = createHash('sha256').update(pairs).digest('hex');
const about = { name: 'dogs', licence: 'CC0', sourceLanguage: 'ja', targetLanguage: 'en' };

const folder = mkdtempSync(join(tmpdir(), 'honyaku-storm-'));
let redis: EmbeddedRedis;
let bucket: EmbeddedObjectStore;
let api: Service;
let workers: PretendWorkers;
let watch: LoopWatch;
let requests: readonly StormRequest[];

beforeAll(async () => {
  [redis, bucket] = await Promise.all([
    startRedis({ folder: join(folder, 'redis') }),
    startObjectStore({ folder: join(folder, 's3') }),
  ]);
  const file = join(folder, 'pauses');
  api = await startApi(
    { folder, redisUrl: redis.url, bucket },
    { script: 'tools/storm/watched-api.ts', environment: { HONYAKU_LOOP_WATCH: file } },
  );
  watch = new LoopWatch(api.program, file);
  const client = new ApiClient({ url: api.url });
  await client.uploadCorpus(corpus, about, Readable.from([pairs]));
  workers = new PretendWorkers({
    endpoint: bucket.endpoint,
    bucket: bucket.bucket,
    accessKey: bucket.accessKey,
    secretKey: bucket.secretKey,
    redisUrl: redis.url,
    workers: 4,
    shortestSeconds: 1,
    longestSeconds: 2,
  });
  const size = { trials: 4, concurrency: 4, epochs: 10_000 };
  const { id } = await client.submit(
    JSON.stringify({ name: 'running', corpus: { digest: corpus }, ...size }),
  );
  await workers.first(id);
  requests = nastyRequests({ corpus, sweep: id });
  // Code is compiled and loaded with its first use.
  await send({ name: '', method: 'POST', path: paths.preview, type: 'application/json', body: '{}' });
  await watch.longest();
});
afterAll(async () => {
  workers?.stop();
  await api?.program.kill();
  await Promise.all([redis?.stop(), bucket?.stop()]);
  rmSync(folder, { recursive: true, force: true });
});

function send({ method, path, type, body }: StormRequest): Promise<Response> {
  return fetch(`${api.url}${path}`, {
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
      const { cpuMilliseconds } = await watch.longest();
      pauses.push({ name: request.name, cpuMilliseconds });
    }
    const long = pauses.filter(({ cpuMilliseconds }) => cpuMilliseconds > longestPause);
    expect(long).toEqual([]);
  }, 600_000);

  it('ends at SIGTERM though it is busy with all of them at once', async () => {
    const answers = requests.map((request) => send(request).catch(() => undefined));
    await fetch(`${api.url}${paths.live}`);
    const started = Date.now();
    expect(await api.program.terminate(60)).not.toBeNull();
    expect(Date.now() - started).toBeLessThan(30_000);
    await Promise.all(answers);
  }, 120_000);
});

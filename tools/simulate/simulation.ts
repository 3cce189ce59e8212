/** The simulated sweep, and what is measured of it. */
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  CorpusRecord,
  SweepView,
  Unavailable,
  collectJob,
  fromJson,
  paths,
  queuePrefix,
} from '@honyaku/contracts';
import { startRedis } from '@honyaku/embedded';
import { Redis } from 'ioredis';
import { type z } from 'zod';
import { freePort } from '../processes/free-port.ts';
import { Program } from '../processes/program.ts';
import { type Figure, quantile } from './figures.ts';
import { InMemoryBucket } from './in-memory-bucket.ts';
import { PretendWorkers } from './pretend-process.ts';

/** Of a pretended epoch. */
const shortestSeconds = 12;
const longestSeconds = 28;
const endMinutes = 20;
const listings = 5;
const submissions = 5;

const pairs = Array.from({ length: 20 }, (_, n) => `犬 ${n}\ta dog ${n}\n`).join('');
const digest = createHash('sha256').update(pairs).digest('hex');
const bucketName = 'simulation';

interface Size {
  readonly trials: number;
  readonly workers: number;
}

export async function simulate(size: Size, say: (line: string) => void): Promise<Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'honyaku-simulate-'));
  const redis = await startRedis({ folder: join(folder, 'redis') });
  const bucket = new InMemoryBucket(bucketName);
  const endpoint = await bucket.start();
  const workers = new PretendWorkers({
    redisUrl: redis.url,
    endpoint,
    bucket: bucketName,
    workers: size.workers,
    shortestSeconds,
    longestSeconds,
  });
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const api = new Program({
    name: 'api',
    script: 'apps/api/src/main.ts',
    readyUrl: `${url}${paths.ready}`,
    logFile: join(folder, 'api.log'),
    environment: {
      HONYAKU_REDIS_URL: redis.url,
      HONYAKU_S3_ENDPOINT: endpoint,
      HONYAKU_S3_BUCKET: bucketName,
      AWS_ACCESS_KEY_ID: 'pretend',
      AWS_SECRET_ACCESS_KEY: 'pretend-secret',
      HONYAKU_API_PORT: String(port),
      HONYAKU_LOG_LEVEL: 'warn',
    },
  });
  try {
    await api.start();
    return await measured(url, workers, redis.url, size, say);
  } finally {
    await api.kill();
    workers.stop();
    bucket.stop();
    await redis.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function measured(
  url: string,
  workers: PretendWorkers,
  redisUrl: string,
  size: Size,
  say: (line: string) => void,
): Promise<Figure[]> {
  const about = new URLSearchParams({
    name: 'dogs',
    licence: 'CC0',
    sourceLanguage: 'ja',
    targetLanguage: 'en',
  });
  await call(
    CorpusRecord,
    `${url}${paths.corpus(digest)}?${about}`,
    'PUT',
    pairs,
    'text/tab-separated-values',
  );
  const warm = { trials: 1, epochs: 1 };
  await workers.first((await submit(url, warm)).id);
  const toFirst: number[] = [];
  for (let time = 0; time < submissions; time += 1) {
    const started = Date.now();
    toFirst.push((await workers.first((await submit(url, warm)).id)) - started);
  }
  const redis = new Redis(redisUrl);
  try {
    const memoryBefore = await usedMemory(redis);
    const started = performance.now();
    const { trials, workers: concurrency } = size;
    const { id } = await submit(url, { trials, concurrency, epochs: 3, pruner: { type: 'asha' } });
    const last = await ended(url, id, size, started, say);
    if (last.state !== 'completed') throw new Unavailable(`the sweep is ${last.state}: ${last.reason}`);
    say(`${last.epochsDone} epochs in ${Math.round((performance.now() - started) / 1000)} s`);
    await collected(redis, id);
    const listing = await listingTimes(url, id);
    const memory = ((await usedMemory(redis)) - memoryBefore) / trials;
    const gaps = workers.gaps(id, concurrency);
    return [
      { name: 'submit to first job active, longest', value: Math.max(...toFirst), unit: 'ms', target: 1_000 },
      { name: 'scheduling a trial-epoch, p50', value: await decisionTime(url), unit: 'ms', target: 5 },
      {
        name: "from an epoch's end to the next start, p50",
        value: quantile(gaps, 0.5),
        unit: 'ms',
        target: null,
      },
      {
        name: "from an epoch's end to the next start, p99",
        value: quantile(gaps, 0.99),
        unit: 'ms',
        target: 250,
      },
      { name: `listing ${trials} trials, median`, value: quantile(listing, 0.5), unit: 'ms', target: 300 },
      { name: 'Redis memory a trial', value: memory / 1_000, unit: 'kB', target: null },
    ];
  } finally {
    redis.disconnect();
  }
}

async function ended(
  url: string,
  id: string,
  { trials }: Size,
  started: number,
  say: (line: string) => void,
): Promise<SweepView> {
  const deadline = Date.now() + endMinutes * 60_000;
  for (let asked = 1; Date.now() < deadline; asked += 1) {
    const view = await call(SweepView, `${url}${paths.sweep(id)}`, 'GET');
    if (view.endedAt !== undefined) return view;
    const { completed, pruned, running } = view.trials;
    const seconds = Math.round((performance.now() - started) / 1000);
    if (asked % 10 === 0)
      say(
        `${seconds} s: ${completed + pruned} of ${trials} trials ended, ${running} run, ${view.epochsDone} epochs`,
      );
    await delay(2_000);
  }
  throw new Unavailable(`the sweep did not end within ${endMinutes} minutes`);
}

/** Garbage is collected at a sweep's end: the API reads every record, which is measured with nothing else. */
async function collected(redis: Redis, sweepId: string): Promise<void> {
  const key = `${queuePrefix}:control:${collectJob.id({ sweepId })}`;
  for (const deadline = Date.now() + endMinutes * 60_000; Date.now() < deadline; await delay(100))
    if ((await redis.exists(key)) === 0) return;
  throw new Unavailable(`garbage was not collected within ${endMinutes} minutes`);
}

function submit(url: string, settings: object): Promise<SweepView> {
  const dropout = { type: 'float', low: 0, high: 0.5 };
  const learningRate = { type: 'float', low: 0.0001, high: 0.01, log: true };
  const spec = { name: 'simulated', corpus: { digest }, parameters: { dropout, learningRate }, ...settings };
  return call(SweepView, `${url}${paths.sweeps}`, 'POST', JSON.stringify(spec), 'application/json');
}

async function call<Schema extends z.ZodType>(
  schema: Schema,
  url: string,
  method: string,
  body?: string,
  type?: string,
): Promise<z.output<Schema>> {
  const answer = await fetch(url, {
    method,
    signal: AbortSignal.timeout(60_000),
    ...(body === undefined ? {} : { body, headers: { 'content-type': type ?? '' } }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Unavailable(`${method} ${url}: ${answer.status} ${text}`);
  return fromJson(schema, text, url);
}

async function listingTimes(url: string, id: string): Promise<number[]> {
  const times: number[] = [];
  for (let time = 0; time < listings; time += 1) {
    const started = performance.now();
    await (await fetch(`${url}${paths.sweepTrials(id)}`)).arrayBuffer();
    times.push(performance.now() - started);
  }
  return times;
}

/** The median of the API's own histogram, in milliseconds, straight within a bucket. */
async function decisionTime(url: string): Promise<number> {
  const text = await (await fetch(`${url}${paths.metrics}`)).text();
  const buckets = [...text.matchAll(/^honyaku_decision_duration_seconds_bucket\{le="([^"]+)"\} (\d+)/gm)].map(
    ([, bound, count]) => ({ bound: Number(bound === '+Inf' ? Infinity : bound), count: Number(count) }),
  );
  const half = (buckets.at(-1)?.count ?? 0) / 2;
  const index = buckets.findIndex(({ count }) => count >= half);
  const above = buckets[index];
  const below = buckets[index - 1] ?? { bound: 0, count: 0 };
  if (!above) throw new Unavailable('the API tells no times of decisions');
  const share = (half - below.count) / Math.max(1, above.count - below.count);
  return (below.bound + share * (above.bound - below.bound)) * 1_000;
}

async function usedMemory(redis: Redis): Promise<number> {
  return Number(/used_memory:(\d+)/.exec(await redis.info('memory'))?.[1]);
}

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutBack, advanceJob, beginJob, jobToAdd, redisNames, toJson } from '@honyaku/contracts';
import { type EmbeddedRedis, startRedis } from '@honyaku/embedded';
import { Redis } from 'ioredis';
import { Queue } from 'bullmq';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { FairShare } from './fair-share.ts';
import { Queues } from './queues.ts';

const names = redisNames('second');
const day = 24 * 3_600_000;

let folder: string;
let server: EmbeddedRedis;
let redis: Redis;
let queues: Queues;
let trials: Queue;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'honyaku-queues-'));
  server = await startRedis({ folder });
  redis = new Redis(server.url);
  const logger = pino({ level: 'silent' });
  queues = new Queues(server.url, redis, new FairShare(redis, names), logger, names.queues);
  trials = new Queue('trials', { connection: { url: server.url }, prefix: names.queues });
});
afterAll(async () => {
  await queues.close();
  await trials.close();
  redis.disconnect();
  await server.stop();
  await rm(folder, { recursive: true });
});

it('finds what a job of an installation with a prefix of its own was put back for', async () => {
  const begin = jobToAdd(beginJob, { sweepId: 'few-123456' });
  await queues.add(begin);
  await queues.add(begin);
  const { jobId } = begin.opts;
  const putBack = { at: new Date().toISOString(), kind: 'unavailable', reason: 'no bucket' };
  const job = await queues.job('control', jobId);
  await job?.log(toJson(PutBack, putBack));
  const other = { queue: advanceJob.queue, id: 'few-123456-0001.1.advance' };
  expect(await queues.putBacks([other, { queue: 'control', id: jobId }])).toEqual([
    { jobId, times: 1, first: putBack, last: putBack },
  ]);
});

it('finds the jobs of trials that are put aside for long, there too', async () => {
  await trials.add('train-epoch', {}, { jobId: 'soon', delay: 15_000 });
  await trials.add('train-epoch', {}, { jobId: 'paused', delay: 365 * day });
  expect(await queues.putAsideFor(day)).toEqual(['paused']);
});

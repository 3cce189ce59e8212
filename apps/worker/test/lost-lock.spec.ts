/** A worker that lives, but whose lock on a job has expired, as on a machine that is too busy to renew it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  ChildLost,
  DatasetSettings,
  handlerOf,
  jobToAdd,
  preprocessJob,
  putBacksIn,
  queuePrefix,
} from '@honyaku/contracts';
import { type EmbeddedRedis, startRedis } from '@honyaku/embedded';
import { Queue, QueueEvents } from 'bullmq';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Delivery } from '../src/jobs/job-context.ts';
import type { WorkerContext } from '../src/jobs/worker-context.ts';
import { handlers, type QueueWorker, startQueueWorker } from '../src/queues/queue-workers.ts';
import { absentStore, workerContext } from './worker-context.ts';

let folder: string;
let redis: EmbeddedRedis;
let queue: Queue;
let events: QueueEvents;
let client: Redis;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'honyaku-lost-lock-'));
  redis = await startRedis({ folder: join(folder, 'redis') });
  const connection = { url: redis.url, maxRetriesPerRequest: null };
  client = new Redis(redis.url);
  queue = new Queue('preprocess', { connection, prefix: queuePrefix });
  events = new QueueEvents('preprocess', { connection, prefix: queuePrefix });
  await events.waitUntilReady();
});
afterAll(async () => {
  client?.disconnect();
  await Promise.all([queue?.close(), events?.close()]);
  await redis?.stop();
  await rm(folder, { recursive: true, force: true });
});

const waitMilliseconds = 200_000;

/** Resolves when the worker has noticed that the lock is gone. */
async function loseLock(jobId: string, { signal }: Delivery): Promise<void> {
  const noticed = once(signal, 'abort');
  await client.del(`${queuePrefix}:preprocess:${jobId}:lock`);
  await noticed;
}

it('gives the lost lock as the reason why the job was put back, and no lost child process', async () => {
  const payload = { corpus: 'a'.repeat(64), settings: DatasetSettings.parse({}) };
  const jobId = preprocessJob.id(payload);
  const deliveries: number[] = [];
  const preprocess = async (_payload: unknown, _context: WorkerContext, delivery: Delivery) => {
    deliveries.push(delivery.attemptsStarted);
    if (deliveries.length > 1) return { dataset: 'b'.repeat(64) };
    await loseLock(jobId, delivery);
    throw new ChildLost('the tensor process ended in preprocess (SIGKILL)');
  };
  const served = [handlerOf(preprocessJob, preprocess), ...handlers.slice(1)];
  const context = workerContext(absentStore(), folder);
  const worker: QueueWorker = startQueueWorker(
    'preprocess',
    { url: redis.url, prefix: queuePrefix },
    context,
    served,
  );
  try {
    const { name, data, opts } = jobToAdd(preprocessJob, payload);
    const job = await queue.add(name, data, { ...opts, removeOnComplete: false });
    await job.waitUntilFinished(events, waitMilliseconds);
    expect(deliveries).toEqual([1, 2]);
    expect(putBacksIn((await queue.getJobLogs(jobId)).logs)).toEqual([
      {
        at: expect.any(String),
        kind: 'lock lost',
        reason: "its worker could not renew the job's lock: the machine is too busy, or Redis did not answer",
      },
    ]);
  } finally {
    await worker.close();
    await context[Symbol.asyncDispose]();
  }
});

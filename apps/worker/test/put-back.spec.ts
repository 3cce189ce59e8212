import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as contracts from '@honyaku/contracts';
import { type EmbeddedRedis, startRedis } from '@honyaku/embedded';
import { ObjectStore } from '@honyaku/storage';
import { type Job, Queue } from 'bullmq';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { handledJobs, type QueueWorker, startQueueWorker } from '../src/queues/queue-workers.ts';
import { workerContext } from './worker-context.ts';

const { preprocessJob, queuePrefix } = contracts;

describe('a queue worker whose bucket is away', () => {
  let folder: string;
  let redis: EmbeddedRedis;
  let queue: Queue;
  let worker: QueueWorker;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'honyaku-put-back-'));
    redis = await startRedis({ folder: join(folder, 'redis') });
    queue = new Queue('preprocess', { connection: { url: redis.url }, prefix: queuePrefix });
    const store = new ObjectStore({
      // Nobody listens on the discard port.
      endpoint: 'http://127.0.0.1:9',
      bucket: 'absent',
      region: 'us-east-1',
      accessKey: 'key',
      secretKey: 'secret',
    });
    worker = startQueueWorker(
      'preprocess',
      { url: redis.url, prefix: queuePrefix },
      workerContext(store, folder),
    );
  });
  afterAll(async () => {
    await worker.close();
    await queue.close();
    await redis.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const add = (name: string, data: object): Promise<Job> => queue.add(name, data, preprocessJob.options);

  it('puts the job back for later, at no cost in tries', async () => {
    const settings = contracts.DatasetSettings.parse({});
    const job = await add(preprocessJob.name, { corpus: 'a'.repeat(64), settings });
    await vi.waitUntil(() => job.isDelayed(), { timeout: 240_000, interval: 100 });
    expect(await queue.getJob(job.id ?? '')).toMatchObject({ attemptsMade: 0, attemptsStarted: 1 });
  });

  it('fails a job of a payload that it cannot read at once, naming the field', async () => {
    const job = await add(preprocessJob.name, { corpus: 'abc' });
    await vi.waitUntil(() => job.isFailed(), { timeout: 240_000, interval: 100 });
    const failed = await queue.getJob(job.id ?? '');
    expect(failed?.failedReason).toMatch(/^InvalidInput: preprocess: .*corpus: must be a sha256/);
    expect(failed?.attemptsMade).toBe(1);
  });
});

it('has a handler for every job that is declared for the queues of workers', () => {
  const declared = Object.values<unknown>(contracts)
    .filter((value): value is { name: string; queue: string } => isJob(value))
    .filter(({ queue }) => queue === 'preprocess' || queue === 'trials')
    .map(({ name }) => name);
  expect(declared.length).toBeGreaterThan(0);
  expect(handledJobs.map(({ name }) => name).sort()).toEqual(declared.sort());
});

function isJob(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'queue' in value && 'payload' in value;
}

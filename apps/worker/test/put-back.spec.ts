import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DatasetSettings,
  FailedTry,
  fromJson,
  jobFailureOf,
  jobFormat,
  jobToAdd,
  preprocessJob,
  putBackLine,
  putBacksIn,
  queuePrefix,
} from '@honyaku/contracts';
import { type EmbeddedRedis, startRedis } from '@honyaku/embedded';
import { type Job, Queue, Worker } from 'bullmq';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { handlers, type QueueWorker, startQueueWorker } from '../src/queues/queue-workers.ts';
import type { WorkerContext } from '../src/jobs/worker-context.ts';
import { absentStore, workerContext } from './worker-context.ts';

describe('a queue worker whose bucket is away', () => {
  let folder: string;
  let redis: EmbeddedRedis;
  let queue: Queue;
  let worker: QueueWorker;
  let context: WorkerContext;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'honyaku-put-back-'));
    redis = await startRedis({ folder: join(folder, 'redis') });
    queue = new Queue('preprocess', { connection: { url: redis.url }, prefix: queuePrefix });
    context = workerContext(absentStore(), folder);
    worker = startQueueWorker('preprocess', { url: redis.url, prefix: queuePrefix }, context);
  });
  afterAll(async () => {
    await worker.close();
    await queue.close();
    await redis.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const payload = (corpus: string) => ({ corpus: corpus.repeat(64), settings: DatasetSettings.parse({}) });
  const add = (data: object, name: string = preprocessJob.name): Promise<Job> =>
    queue.add(name, data, { attempts: preprocessJob.attempts });
  const untilPutBack = (job: Job) => vi.waitUntil(() => job.isDelayed(), { timeout: 240_000, interval: 100 });
  const untilFailed = async (job: Job) => {
    await vi.waitUntil(() => job.isFailed(), { timeout: 240_000, interval: 100 });
    const { attemptsMade = 0, failedReason = '' } = (await queue.getJob(job.id ?? '')) ?? {};
    const { logs } = await queue.getJobLogs(job.id ?? '');
    return { attemptsMade, failedReason, log: logs };
  };

  it('puts the job back for later, at no cost in tries', async () => {
    const { name, data, opts } = jobToAdd(preprocessJob, payload('a'));
    const job = await queue.add(name, data, opts);
    await untilPutBack(job);
    expect(await queue.getJob(job.id ?? '')).toMatchObject({ attemptsMade: 0, attemptsStarted: 1 });
  });

  it('leaves a job of a later format to newer workers, and notes why in its log', async () => {
    const job = await add({ ...payload('b'), requires: jobFormat + 1, shape: 'of things to come' });
    await untilPutBack(job);
    expect(await queue.getJob(job.id ?? '')).toMatchObject({ attemptsMade: 0, attemptsStarted: 1 });
    expect(putBacksIn((await queue.getJobLogs(job.id ?? '')).logs)).toMatchObject([
      { kind: 'newer version', reason: expect.stringContaining(`job format ${jobFormat + 1}`) },
    ]);
    await job.promote();
    await vi.waitUntil(async () => (await queue.getJobLogs(job.id ?? '')).count === 2, { timeout: 240_000 });
    expect(await job.isFailed()).toBe(false);
  });

  it('leaves a job of a name that it does not know to newer workers', async () => {
    const job = await add({}, 'merge-datasets');
    await untilPutBack(job);
    expect(putBacksIn((await queue.getJobLogs(job.id ?? '')).logs)).toMatchObject([
      { reason: expect.stringContaining('merge-datasets') },
    ]);
  });

  it('does a job whose payload holds keys that nobody knows yet', async () => {
    const { settings, ...rest } = payload('c');
    const job = await add({
      ...rest,
      requires: jobFormat,
      note: 1,
      settings: { ...settings, note: { of: 2 } },
    });
    // It gets as far as to the bucket, which is away.
    await untilPutBack(job);
    expect(putBacksIn((await queue.getJobLogs(job.id ?? '')).logs)).toMatchObject([{ kind: 'unavailable' }]);
  });

  it('fails a job which one worker after the other was lost with, and tells why', async () => {
    await worker.worker.pause();
    const job = await add(payload('e'));
    for (let time = 0; time < 20; time++) await job.log(putBackLine('worker lost', 'its worker was lost'));
    const lost = new Worker('preprocess', null, {
      connection: { url: redis.url },
      prefix: queuePrefix,
      lockDuration: 100,
    });
    expect(await lost.getNextJob('a worker that is killed')).toMatchObject({ id: job.id });
    await lost.close(true);
    worker.worker.resume();
    const failed = await untilFailed(job);
    expect(putBacksIn(failed.log)).toHaveLength(21);
    expect(jobFailureOf(failed)).toEqual({
      kind: 'OutOfMemory',
      reason: expect.stringContaining('without progress: most likely the job needs more memory'),
    });
  });

  it.each([
    ['a field', { corpus: 'abc' }, /corpus: must be a sha256/],
    [
      'the format that it requires',
      { ...payload('d'), requires: 'x' },
      /requires: must be a number, not text/,
    ],
  ])(
    'fails a job at once when it cannot read %s of its payload, and does not call it a bug',
    async (...[, data, why]) => {
      const failed = await untilFailed(await add(data));
      expect(failed.attemptsMade).toBe(1);
      expect(jobFailureOf(failed)).toEqual({ kind: 'Corrupt', reason: expect.stringMatching(why) });
      expect(failed.log.map((line) => fromJson(FailedTry, line, 'log').failedTry)).toEqual([1]);
      // An API of version 0.1.0 reads the text.
      expect(failed.failedReason).toMatch(/^Corrupt: the payload of the job preprocess cannot be read: /);
    },
  );

  it.each([
    ['has no handler', handlers.slice(1)],
    ['has 2 handlers', [...handlers, ...handlers]],
  ])('does not start when a job of its queue %s', (fault, served) => {
    expect(() =>
      startQueueWorker('preprocess', { url: redis.url, prefix: queuePrefix }, context, served),
    ).toThrow(`the job preprocess of the queue preprocess ${fault} in this process`);
  });
});

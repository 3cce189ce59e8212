/** Sweeps and trials that cannot continue end with a reason, and their jobs are removed from the queues. */
import {
  FailedTry,
  PutBack,
  SweepRecord,
  SweepView,
  beginJob,
  preprocessJob,
  queuePrefix,
  toJson,
  trainEpochJob,
  routes,
  urlOf,
} from '@honyaku/contracts';
import { keys } from '@honyaku/storage';
import { DelayedError, Queue, UnrecoverableError, Worker } from 'bullmq';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Gate, ApiPlatform, improving } from './api-platform.ts';

let platform: ApiPlatform;
let sound: SweepView;
let trials: Queue;
beforeAll(async () => {
  platform = await ApiPlatform.open();
  trials = new Queue('trials', { connection: { url: platform.redis.url }, prefix: queuePrefix });
  await platform.withTrainer({ perplexity: improving }, async () => {
    sound = await platform.ended((await platform.submit({ name: 'sound', epochs: 1 })).id);
  });
});
afterAll(async () => {
  await trials?.close();
  await platform?.close();
});

const reconcile = () => platform.reindex();
const ask = (path: string) => platform.call(SweepView, 'POST', path);

it('a sweep that cannot begin ends with the reason', async () => {
  // As an earlier version with fewer checks might have stored it.
  const id = 'unchecked-00000000000000aa';
  const spec = { ...sound.spec, name: 'unchecked', sampler: 'tpe' as const, warmStart: ['none-123456'] };
  const createdAt = new Date().toISOString();
  await platform.objects.put(keys.sweepRecord(id), toJson(SweepRecord, { id, spec, createdAt }));
  await reconcile();
  const ended = await platform.ended(id);
  expect(ended).toMatchObject({ state: 'failed', reason: expect.stringContaining('none-123456') });
  expect(ended.reason).toContain(`${id}.begin failed`);
  const retried = await platform.refusal('POST', urlOf(routes.retryFailed, { id }));
  expect(retried).toMatchObject({
    status: 409,
    message: expect.stringContaining(ended.reason ?? 'a reason'),
  });
  expect(retried.message).toMatch(/^nothing was retried: sweep .* without a trial that could go on/);
});

it('a sweep without any allowed settings ends with an example', async () => {
  const id = 'unchecked-00000000000000ab';
  const spec = { ...sound.spec, name: 'unchecked', parameters: { dropout: 5 } };
  const createdAt = new Date().toISOString();
  await platform.objects.put(keys.sweepRecord(id), toJson(SweepRecord, { id, spec, createdAt }));
  await reconcile();
  expect(await platform.ended(id)).toMatchObject({
    state: 'failed',
    reason: expect.stringMatching(/^there was no trial to start: .*dropout/),
  });
});

it('a sweep whose preprocess job is put back reports why, and how often', async () => {
  const preprocess = new Queue('preprocess', {
    connection: { url: platform.redis.url },
    prefix: queuePrefix,
  });
  try {
    const dataset = { vocabularySize: { source: 61, target: 48 } };
    const { id, spec } = await platform.submit({ name: 'waits', dataset });
    const shown = () => platform.call(SweepView, 'GET', urlOf(routes.sweep, { id }));
    expect((await shown()).reason).toBeUndefined();
    const jobId = preprocessJob.id({ corpus: spec.corpus.digest, settings: spec.dataset });
    const job = await preprocess.getJob(jobId);
    await job?.log('of somebody else');
    for (const at of ['2026-01-01T10:00:00.000Z', '2026-01-01T10:00:15.000Z'])
      await job?.log(toJson(PutBack, { at, kind: 'unavailable', reason: 'Python 3 cannot be started' }));
    expect(await shown()).toMatchObject({
      state: 'preparing',
      reason: 'the dataset was put back 2 times since 2026-01-01T10:00:00.000Z: Python 3 cannot be started',
    });
    await ask(urlOf(routes.cancel, { id }));
  } finally {
    await preprocess.close();
  }
});

it('a sweep whose start is left to an API of a later version reports why', async () => {
  const control = new Queue('control', { connection: { url: platform.redis.url }, prefix: queuePrefix });
  try {
    const { id } = await platform.submit({
      name: 'later',
      dataset: { vocabularySize: { source: 62, target: 48 } },
    });
    const at = '2026-01-01T10:00:00.000Z';
    const reason = 'job format 9 is not supported';
    const job = await control.getJob(beginJob.id({ sweepId: id }));
    await job?.log(toJson(PutBack, { at, kind: 'newer version', reason }));
    expect(await platform.call(SweepView, 'GET', urlOf(routes.sweep, { id }))).toMatchObject({
      reason: `the start of the sweep was put back 1 time since ${at}: ${reason}`,
    });
    await ask(urlOf(routes.cancel, { id }));
  } finally {
    await control.close();
  }
});

it('a trial ends by the kind of failure that the worker noted, whatever the text of the failed job', async () => {
  const worker = new Worker(
    'trials',
    async (job) => {
      const failure = { kind: 'Unavailable' as const, reason: 'no bucket for two hours' };
      await job.log(toJson(FailedTry, { at: new Date().toISOString(), failedTry: 1, failure }));
      throw new UnrecoverableError('a text of a version to come');
    },
    { connection: { url: platform.redis.url, maxRetriesPerRequest: null }, prefix: queuePrefix },
  );
  try {
    const { id } = await platform.submit({ name: 'noted', epochs: 1 });
    await platform.ended(id);
    expect(await platform.trials(id)).toMatchObject([
      { state: 'lost', reason: 'train-epoch of epoch 1 failed: no bucket for two hours' },
    ]);
  } finally {
    await worker.close();
  }
});

describe('a job that a pause has delayed by a year', () => {
  /** Takes one epoch like a worker that receives a pause notice: it holds the job until the gate opens, then delays it. */
  async function withParkingWorker(
    test: (sweep: SweepView, jobId: string, park: () => Promise<void>) => Promise<void>,
  ) {
    const taken = new Gate();
    const told = new Gate();
    const worker = new Worker(
      'trials',
      async (job, token) => {
        taken.open();
        await told.opened;
        await job.moveToDelayed(Date.now() + 365 * 24 * 3600 * 1000, token);
        throw new DelayedError();
      },
      { connection: { url: platform.redis.url, maxRetriesPerRequest: null }, prefix: queuePrefix },
    );
    try {
      const sweep = await platform.submit({ name: 'parked', epochs: 1 });
      await taken.opened;
      const jobId = trainEpochJob.id({ trialId: `${sweep.id}-0001`, epoch: 1 });
      await test(sweep, jobId, async () => {
        told.open();
        await worker.close();
        expect(await (await trials.getJob(jobId))?.isDelayed()).toBe(true);
      });
    } finally {
      told.open();
      await worker.close();
    }
  }

  it('is removed when its sweep is cancelled', async () => {
    await withParkingWorker(async ({ id }, jobId, park) => {
      await ask(urlOf(routes.pause, { id }));
      await park();
      await ask(urlOf(routes.cancel, { id }));
      expect(await trials.getJob(jobId)).toBeUndefined();
    });
  });

  it('is removed by the next reconciliation when its sweep has been cancelled, also by an earlier version', async () => {
    await withParkingWorker(async ({ id }, jobId, park) => {
      await ask(urlOf(routes.pause, { id }));
      await ask(urlOf(routes.cancel, { id }));
      await park();
      await reconcile();
      await vi.waitUntil(async () => (await trials.getJob(jobId)) === undefined, { timeout: 10_000 });
    });
  });

  it('is promoted by the next reconciliation when its sweep has been resumed', async () => {
    await withParkingWorker(async ({ id }, jobId, park) => {
      await ask(urlOf(routes.pause, { id }));
      await ask(urlOf(routes.resume, { id }));
      await park();
      await reconcile();
      expect(await (await trials.getJob(jobId))?.isDelayed()).toBe(false);
      await platform.withTrainer({ perplexity: improving }, async () => {
        expect(await platform.ended(id)).toMatchObject({ state: 'completed' });
      });
    });
  });

  it('stays delayed while its sweep is paused', async () => {
    await withParkingWorker(async ({ id }, jobId, park) => {
      await ask(urlOf(routes.pause, { id }));
      await park();
      await reconcile();
      expect(await (await trials.getJob(jobId))?.isDelayed()).toBe(true);
      await ask(urlOf(routes.cancel, { id }));
    });
  });
});

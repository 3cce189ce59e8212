import {
  DatasetManifest,
  DatasetReport,
  fromJson,
  jobFormat,
  jobToAdd,
  preprocessJob,
  queuePrefix,
  routes,
} from '@honyaku/contracts';
import { type Program } from '@honyaku/local-stack';
import { keys } from '@honyaku/storage';
import { Queue, Worker } from 'bullmq';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { partialRecord } from '../src/jobs/partial-checkpoint.ts';
import { config, dataset, WorkerPlatform } from './worker-platform.ts';

const undisturbed = 'undisturbed-0001';
const drained = 'drained-0001';
const killed = 'killed-0001';
const orphaned = 'orphaned-0001';
const steps = 384;

describe('a worker', () => {
  let platform: WorkerPlatform;
  let worker: Program;
  /** Of the model after the first epoch of a trial that nothing disturbed. */
  let expected: string;

  beforeAll(async () => {
    platform = await WorkerPlatform.open();
    worker = await platform.startWorker('first');
  });
  afterAll(() => platform.close());

  it('makes a dataset whose manifest names every file', async () => {
    expect(await platform.finished(await platform.preprocess())).toEqual({ dataset });
    const key = keys.manifest(dataset);
    const manifest = fromJson(DatasetManifest, (await platform.objects.getText(key)) ?? '', key);
    const files = [...Object.values(manifest.tokenizers), ...manifest.shards.train, ...manifest.shards.test];
    const stored: string[] = [];
    for await (const object of platform.objects.list(`${keys.datasetFolder(dataset)}/`))
      stored.push(object.key);
    expect(stored.sort()).toEqual(
      [
        key,
        keys.datasetReport(dataset),
        ...files.map((file) => `${keys.datasetFolder(dataset)}/${file.key}`),
      ].sort(),
    );
  });

  it('leaves a report of languages, tokenization and what test and training share beside the dataset', async () => {
    const report = await platform.objects.getRecord(DatasetReport, keys.datasetReport(dataset));
    expect(report).toMatchObject({ sourceLanguage: 'ja', targetLanguage: 'en', bleuTokenization: '13a' });
    expect(report?.overlap.pairs).toBe(0);
    expect(report?.skipped).toEqual({ tooLong: 0, invisible: 0 });
    // Sentences of so small a grammar have a neighbour that shares nearly all of their words.
    expect(report?.lookUp?.test).toBeGreaterThan(30);
    expect(report?.lookUp).not.toHaveProperty('dev');
  });

  it('refuses a corpus that is not there at the first try, with the kind of error', async () => {
    const job = await platform.preprocess('f'.repeat(64));
    await expect(platform.finished(job)).rejects.toThrow(/^InvalidInput: corpus\.digest: there is no corpus/);
  });

  it('leaves a dataset to a worker that knows the format of its job, and does not fail it', async () => {
    const options = { connection: { url: platform.redis.url }, prefix: queuePrefix };
    const queue = new Queue('preprocess', options);
    const payload = { ...platform.datasetPayload, corpus: 'e'.repeat(64) };
    const { name, data, opts } = jobToAdd(preprocessJob, payload);
    const job = await queue.add(name, { ...data, requires: jobFormat + 1 }, opts);
    await vi.waitUntil(() => job.isDelayed(), { timeout: 240_000, interval: 50 });
    const newer = new Worker('preprocess', async () => ({ dataset: 'of the newer worker' }), {
      ...options,
      connection: { ...options.connection, maxRetriesPerRequest: null },
    });
    const isDone = async () => {
      if (await job.isDelayed()) await job.promote();
      return job.isCompleted();
    };
    await vi.waitUntil(isDone, { timeout: 240_000, interval: 50 });
    await newer.close();
    await queue.close();
  });

  it('trains and evaluates epoch after epoch, each from the weights of the one before', async () => {
    const perplexities: number[] = [];
    for (const epoch of [1, 2]) {
      const { train, evaluate } = await platform.epoch(undisturbed, epoch);
      const progress = await platform.progressOf(train);
      expect(progress).toMatchObject({ trialId: undisturbed, epoch, steps, worker: 'first' });
      await platform.finished(evaluate);
      const record = await platform.record(undisturbed, epoch);
      expect(record).toMatchObject({ epoch, config, metrics: { steps } });
      expect(record.provenance.tensorflowVersion).toMatch(/^2\./);
      const evaluation = await platform.evaluation(undisturbed, epoch);
      expect(evaluation.model).toBe(record.files.model.sha256);
      expect(evaluation.samples).toHaveLength(5);
      expect(evaluation.samples[0]?.reference).toMatch(/[a-z]\.$/);
      expect(evaluation.metrics.translations).toMatchObject({
        sentences: expect.any(Number),
        bleu: { signature: expect.stringContaining('tok:13a') },
      });
      // Workers of version 0.1.0, which may go on with the next epoch, know of no such field.
      expect(evaluation.metrics.translations).not.toHaveProperty('truncated');
      expect(evaluation.translations.key).toMatch(/\/translations(-[1-9]\d*-cut)?\.json$/);
      expect(evaluation.metrics.bitsPerCharacter).toBeGreaterThan(0);
      perplexities.push(record.metrics.perplexity);
      expect((await platform.filesOf(undisturbed, epoch)).sort()).toEqual(
        [
          'evaluation.json',
          evaluation.translations.key,
          record.files.model.key,
          record.files.optimizer.key,
          'record.json',
        ].sort(),
      );
    }
    // The first epoch's includes its steps with initial weights, which know nothing.
    expect(perplexities[1]).toBeLessThan(perplexities[0] ?? 0);
    expected = (await platform.record(undisturbed, 1)).files.model.sha256;
    expect(await (await fetch(`${worker.url}${routes.metrics.path}`)).text()).toContain(
      `honyaku_worker_steps_total ${2 * steps}`,
    );
  });

  it('answers a second delivery of an epoch from its record', async () => {
    const before = await platform.filesOf(undisturbed, 1);
    const { metrics } = await platform.record(undisturbed, 1);
    const again = await platform.finished(await platform.trainAgain(undisturbed, 1));
    expect(again).toEqual({ perplexity: metrics.perplexity });
    expect(await platform.filesOf(undisturbed, 1)).toEqual(before);
  });

  it('retries an epoch whose tensor process was killed, at no cost in tries', async () => {
    const { train } = await platform.epoch(orphaned, 1);
    await platform.progressOf(train);
    process.kill(tensorProcessOf(worker), 'SIGKILL');
    await platform.finished(train);
    const record = await platform.record(orphaned, 1);
    expect(record.files.model.sha256).toBe(expected);
    expect(record.attempt).toMatch(/^attempt-2-/);
  });

  it('gives its job back at SIGTERM, and another ends the epoch with the same bytes', async () => {
    const { train } = await platform.epoch(drained, 1);
    await platform.progressOf(train);
    const tensorProcess = tensorProcessOf(worker);
    expect(await worker.terminate()).toBe(0);
    await expect.poll(() => isRunning(tensorProcess)).toBe(false);
    expect(await train.getState()).toMatch(/^(waiting|prioritized)$/);
    const partial = await partialRecord({ store: platform.objects }, { trialId: drained, epoch: 1 });
    expect(partial?.step).toBeLessThan(steps);

    worker = await platform.startWorker('second');
    const { step } = await platform.progressOf(train);
    expect(step).toBeGreaterThan(partial?.step ?? steps);
    await platform.finished(train);
    const { files, metrics, provenance } = await platform.record(drained, 1);
    expect(provenance.worker).toBe('second');
    expect(metrics).toMatchObject({ steps });
    expect(files.model.sha256).toBe(expected);
    expect((await platform.filesOf(drained, 1)).sort()).toEqual(
      [files.model.key, files.optimizer.key, 'record.json'].sort(),
    );
  });

  it('takes over from a worker that was killed, from its last mid-epoch checkpoint', async () => {
    const { train } = await platform.epoch(killed, 1);
    const partial = await vi.waitUntil(
      () => partialRecord({ store: platform.objects }, { trialId: killed, epoch: 1 }),
      {
        timeout: 240_000,
        interval: 20,
      },
    );
    const tensorProcess = tensorProcessOf(worker);
    await worker.kill();
    await expect.poll(() => isRunning(tensorProcess)).toBe(false);
    expect(await platform.filesOf(killed, 1)).not.toContain('record.json');

    worker = await platform.startWorker('third');
    const { step } = await platform.progressOf(train);
    expect(step).toBeGreaterThan(partial.step);
    await platform.finished(train);
    const { files, attempt, provenance } = await platform.record(killed, 1);
    expect(provenance.worker).toBe('third');
    expect(files.model.sha256).toBe(expected);
    expect((await platform.filesOf(killed, 1)).filter((name) => name.startsWith(attempt))).toHaveLength(2);
    expect(await platform.filesOf(killed, 1)).toHaveLength(3);
  });

  it('says which variables of its environment are missing, without repeating values', async () => {
    const wrong = await platform.worker('wrong', {
      HONYAKU_REDIS_URL: 'secret',
      HONYAKU_S3_ENDPOINT: undefined,
    });
    expect(await wrong.runToEnd()).toBe(1);
    expect(wrong.log()).toContain('HONYAKU_S3_ENDPOINT');
    expect(wrong.log()).not.toContain('secret');
  });
});

function tensorProcessOf(worker: Program): number {
  const [pid] = worker.childrenOf('trial-child');
  if (pid === undefined) throw new Error('the worker has no tensor process');
  return pid;
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { DatasetSettings } from './dataset.ts';
import { DecodingSettings } from './decoding.ts';
import { Hyperparameters } from './hyperparameters.ts';
import { CleaningSettings } from './cleaning.ts';
import { declareJob, jobFormat, jobToAdd, jobsOf, queueNames } from './job-declaration.ts';
import { advanceJob, collectJob, evaluateJob, preprocessJob, scoreJob, trainEpochJob } from './jobs.ts';

const config = {
  hyperparameters: Hyperparameters.parse({}),
  seed: 1,
  epochs: 2,
  runtime: { threads: 1, onednn: true },
  dataset: 'd'.repeat(64),
};
const epoch = { sweepId: 'few-123456', trialId: 'few-123456-0001', epoch: 2 };
const dataset = { corpus: 'c'.repeat(64), settings: DatasetSettings.parse({}) };

describe('a declared job', () => {
  it('fails its parent, lets it continue, or has no parent', () => {
    const { opts: train } = jobToAdd(trainEpochJob, { ...epoch, config });
    const { opts: evaluate } = jobToAdd(evaluateJob, { ...epoch, config });
    const { opts: preprocess } = jobToAdd(preprocessJob, dataset);
    expect(train).toMatchObject({ jobId: 'few-123456-0001.2.train', attempts: 3, failParentOnFailure: true });
    expect(train).not.toHaveProperty('continueParentOnFailure');
    expect(evaluate).toMatchObject({ continueParentOnFailure: true });
    expect(jobToAdd(scoreJob, { ...epoch, config }).opts).toMatchObject({ continueParentOnFailure: true });
    expect(evaluate).not.toHaveProperty('failParentOnFailure');
    for (const option of ['failParentOnFailure', 'continueParentOnFailure'])
      expect(preprocess).not.toHaveProperty(option);
  });

  it('is kept for a day when it has finished, or removed', () => {
    expect(jobToAdd(advanceJob, epoch).opts).toMatchObject({
      removeOnComplete: { age: 86_400 },
      removeOnFail: { age: 86_400 },
      backoff: { type: 'fixed', delay: 2_000 },
    });
    expect(jobToAdd(collectJob, epoch).opts).toMatchObject({ removeOnComplete: true, removeOnFail: true });
  });

  it('has a payload that version 0.1.0 can read if that version can do the job', () => {
    expect(jobToAdd(preprocessJob, dataset).data).toEqual(dataset);
    expect(jobToAdd(trainEpochJob, { ...epoch, config, from: 'few-123456-0002' }).data).toEqual({
      ...epoch,
      config,
      from: 'few-123456-0002',
    });
  });

  it('names the format that a worker must understand if it is above the first', () => {
    const settings = { ...dataset.settings, languages: { source: 'ja', target: 'en' } };
    expect(jobToAdd(preprocessJob, { ...dataset, settings }).data).toMatchObject({ requires: 2 });
    const native = { ...config, runtime: { ...config.runtime, kernels: 'native' as const } };
    expect(jobToAdd(trainEpochJob, { ...epoch, config: native }).data).toMatchObject({ requires: 3 });
    for (const precision of ['bfloat16', 'auto'] as const) {
      const inPrecision = { ...config, runtime: { ...native.runtime, precision } };
      for (const job of [trainEpochJob, evaluateJob])
        expect(jobToAdd(job, { ...epoch, config: inPrecision }).data).toMatchObject({ requires: 4 });
    }
    expect(jobToAdd(evaluateJob, { ...epoch, config, sentences: 500 }).data).toEqual({
      ...epoch,
      config,
      sentences: 500,
      requires: 5,
    });
    expect(jobToAdd(scoreJob, { ...epoch, config }).data).toEqual({ ...epoch, config, requires: 5 });
    // What it trains does not depend on what is translated afterwards.
    expect(jobToAdd(trainEpochJob, { ...epoch, config, sentences: 500 }).data).not.toHaveProperty('requires');
    const grouped = { ...dataset.settings, split: 'grouped' as const };
    expect(jobToAdd(preprocessJob, { ...dataset, settings: grouped }).data).toMatchObject({ requires: 6 });
    const joint = { ...dataset.settings, vocabulary: 'joint' as const };
    expect(jobToAdd(preprocessJob, { ...dataset, settings: joint }).data).toMatchObject({ requires: 7 });
    const cleaned = { ...dataset.settings, cleaning: CleaningSettings.parse({}) };
    expect(jobToAdd(preprocessJob, { ...dataset, settings: cleaned }).data).toMatchObject({ requires: 9 });
    const covered = { ...dataset.settings, characterCoverage: 'by-language' as const };
    expect(jobToAdd(preprocessJob, { ...dataset, settings: covered }).data).toMatchObject({ requires: 10 });
    const tagged = { ...dataset.settings, languages: { source: 'zh-Hant', target: 'en' } };
    expect(jobToAdd(preprocessJob, { ...dataset, settings: tagged }).data).toMatchObject({ requires: 10 });
    for (const job of [evaluateJob, scoreJob])
      expect(jobToAdd(job, { ...epoch, config, dev: true }).data).toMatchObject({ dev: true, requires: 6 });
    const decoding = DecodingSettings.parse({});
    for (const job of [evaluateJob, scoreJob])
      expect(jobToAdd(job, { ...epoch, config, decoding }).data).toMatchObject({ decoding, requires: 11 });
    expect(jobToAdd(trainEpochJob, { ...epoch, config, decoding }).data).not.toHaveProperty('requires');
    expect(jobToAdd(trainEpochJob, { ...epoch, config, dev: true }).data).not.toHaveProperty('requires');
    for (const settings of [{ network: 'transformer' }, { wordDropout: 0.1 }]) {
      const later = { ...config, hyperparameters: Hyperparameters.parse(settings) };
      for (const job of [trainEpochJob, evaluateJob])
        expect(jobToAdd(job, { ...epoch, config: later }).data).toMatchObject({ requires: 7 });
    }
    const ready = { ...dataset.settings, tokenizers: 'c'.repeat(64) };
    expect(jobToAdd(preprocessJob, { ...dataset, settings: ready }).data).toMatchObject({ requires: 12 });
    const started = { ...config, start: 'c'.repeat(64) };
    for (const job of [trainEpochJob, evaluateJob, scoreJob])
      expect(jobToAdd(job, { ...epoch, config: started }).data).toMatchObject({ requires: 12 });
    const frozen = { ...config, hyperparameters: Hyperparameters.parse({ freeze: 'encoder' }) };
    expect(jobToAdd(trainEpochJob, { ...epoch, config: frozen }).data).toMatchObject({ requires: 8 });
    const recurrent = Hyperparameters.parse({ network: 'recurrent', heads: 8, freeze: 'none' });
    expect(
      jobToAdd(trainEpochJob, { ...epoch, config: { ...config, hyperparameters: recurrent } }).data,
    ).toEqual({
      ...epoch,
      config,
    });
    expect(jobFormat).toBe(12);
  });

  it('has a unique name in its queue', () => {
    expect(queueNames.flatMap((queue) => jobsOf(queue)).map(({ name }) => name)).toContain('webhook');
    const declareTwice = () =>
      declareJob({
        ...{ name: 'advance', queue: 'control', payload: z.object({}), result: z.void() },
        ...{ id: () => 'x', attempts: 1, finished: 'kept' },
      });
    expect(declareTwice).toThrow('the queue control has two jobs named advance');
  });
});

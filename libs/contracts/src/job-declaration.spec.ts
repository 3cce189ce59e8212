import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { DatasetSettings } from './dataset.ts';
import { Hyperparameters } from './hyperparameters.ts';
import { declareJob, jobFormat, jobToAdd, jobsOf, queueNames } from './job-declaration.ts';
import { advanceJob, collectJob, evaluateJob, preprocessJob, trainEpochJob } from './jobs.ts';

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
  it('fails what waits for it, or lets it go on, or is waited for by none', () => {
    const { opts: train } = jobToAdd(trainEpochJob, { ...epoch, config });
    const { opts: evaluate } = jobToAdd(evaluateJob, { ...epoch, config });
    const { opts: preprocess } = jobToAdd(preprocessJob, dataset);
    expect(train).toMatchObject({ jobId: 'few-123456-0001.2.train', attempts: 3, failParentOnFailure: true });
    expect(train).not.toHaveProperty('continueParentOnFailure');
    expect(evaluate).toMatchObject({ continueParentOnFailure: true });
    expect(evaluate).not.toHaveProperty('failParentOnFailure');
    for (const fate of ['failParentOnFailure', 'continueParentOnFailure'])
      expect(preprocess).not.toHaveProperty(fate);
  });

  it('is kept for a day when it has finished, or goes', () => {
    expect(jobToAdd(advanceJob, epoch).opts).toMatchObject({
      removeOnComplete: { age: 86_400 },
      removeOnFail: { age: 86_400 },
      backoff: { type: 'fixed', delay: 2_000 },
    });
    expect(jobToAdd(collectJob, epoch).opts).toMatchObject({ removeOnComplete: true, removeOnFail: true });
  });

  it('has a payload that version 0.1.0 reads, where that version can do it', () => {
    expect(jobToAdd(preprocessJob, dataset).data).toEqual(dataset);
    expect(jobToAdd(trainEpochJob, { ...epoch, config, from: 'few-123456-0002' }).data).toEqual({
      ...epoch,
      config,
      from: 'few-123456-0002',
    });
  });

  it('names the format that a worker must know, where its payload says more than the first can', () => {
    const settings = { ...dataset.settings, languages: { source: 'ja', target: 'en' } };
    const ofKind = { ...config, network: { kind: 'recurrent' as const } };
    const jobs = [
      jobToAdd(preprocessJob, { ...dataset, settings }),
      jobToAdd(trainEpochJob, { ...epoch, config: ofKind }),
      jobToAdd(evaluateJob, { ...epoch, config: ofKind }),
    ];
    for (const { data } of jobs) expect(data).toMatchObject({ requires: 2 });
    expect(jobFormat).toBeGreaterThanOrEqual(2);
  });

  it('has a name of its own in its queue', () => {
    expect(queueNames.flatMap((queue) => jobsOf(queue)).map(({ name }) => name)).toContain('webhook');
    const again = () =>
      declareJob({
        ...{ name: 'advance', queue: 'control', payload: z.object({}), result: z.void() },
        ...{ id: () => 'x', attempts: 1, finished: 'kept' },
      });
    expect(again).toThrow('the queue control has two jobs named advance');
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { evaluate } from '../src/jobs/evaluate.ts';
import { preprocess } from '../src/jobs/preprocess.ts';
import { trainEpoch } from '../src/jobs/train-epoch.ts';
import { JobPlatform } from './job-platform.ts';
import { delivery } from './worker-context.ts';
import { config } from './worker-platform.ts';

const strong = 'many-123456-0001';
const weak = 'many-123456-0002';
const { hyperparameters } = config;
const payload = (trialId: string, epoch: number, more: { from?: string; learningRate?: number } = {}) => {
  const { learningRate = hyperparameters.learningRate, ...origin } = more;
  const settings = { ...hyperparameters, batchSize: 8, learningRate };
  return {
    sweepId: 'many-123456',
    trialId,
    epoch,
    config: { ...config, hyperparameters: settings },
    ...origin,
  };
};

describe('a trial that goes on from the checkpoint of another', () => {
  let jobs: JobPlatform;
  let platform: JobPlatform['platform'];
  let context: JobPlatform['context'];

  beforeAll(async () => {
    jobs = await JobPlatform.open();
    ({ platform, context } = jobs);
    await preprocess(context, platform.datasetPayload, delivery());
    for (const trialId of [strong, weak]) {
      const first = payload(trialId, 1, { learningRate: trialId === weak ? 0.0001 : 0.003 });
      await trainEpoch(context, first, delivery());
      await evaluate(context, first, delivery());
    }
  });
  afterAll(() => jobs?.close());

  const sha256 = async (trialId: string, epoch: number) =>
    (await platform.record(trialId, epoch)).files.model.sha256;

  it('comes to the bytes of the other when its settings are the same, and says where it came from', async () => {
    await trainEpoch(context, payload(strong, 2), delivery());
    await trainEpoch(context, payload(weak, 2, { from: strong }), delivery());
    expect(await sha256(weak, 1)).not.toBe(await sha256(strong, 1));
    expect(await sha256(weak, 2)).toBe(await sha256(strong, 2));
    expect((await platform.record(weak, 2)).from).toBe(strong);
    expect((await platform.record(strong, 2)).from).toBeUndefined();
  });

  it('may have other settings than the other, which its own next epoch has to keep', async () => {
    await evaluate(context, payload(weak, 2), delivery());
    const third = payload(weak, 3, { from: weak, learningRate: 0.01 });
    await expect(trainEpoch(context, third, delivery())).rejects.toThrow(/learningRate/);
    await evaluate(context, payload(strong, 2), delivery());
    await trainEpoch(context, payload(weak, 3, { from: strong, learningRate: 0.01 }), delivery());
    expect((await platform.record(weak, 3)).config.hyperparameters.learningRate).toBe(0.01);
  });
});

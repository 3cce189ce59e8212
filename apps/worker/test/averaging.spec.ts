import { type StoredFile } from '@honyaku/contracts';
import { readSafetensors } from '@honyaku/model';
import { keys } from '@honyaku/storage';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { evaluate } from '../src/jobs/evaluate.ts';
import { preprocess } from '../src/jobs/preprocess.ts';
import { trainEpoch } from '../src/jobs/train-epoch.ts';
import { JobPlatform } from './job-platform.ts';
import { delivery } from './worker-context.ts';
import { config } from './worker-platform.ts';

const trialId = 'mean-0001';
const epochs = [1, 2, 3, 4];
/** Of the epochs that are over, however their training went: between two no trained network comes. */
const [best, worst] = [0.5, 1e9];
const pretended = [best, worst, best, best];
const payload = (epoch: number) => ({
  sweepId: 'mean',
  trialId,
  epoch,
  config: {
    ...config,
    epochs: epochs.length,
    hyperparameters: { ...config.hyperparameters, batchSize: 8, averageBest: 2 },
  },
});

describe('averaging of the best epochs', () => {
  let jobs: JobPlatform;
  let platform: JobPlatform['platform'];
  let context: JobPlatform['context'];
  /** What each epoch's own weights came to. */
  const own: number[] = [];

  beforeAll(async () => {
    jobs = await JobPlatform.open();
    ({ platform, context } = jobs);
    await preprocess(context, platform.datasetPayload, delivery());
    for (const epoch of epochs) {
      await trainEpoch(context, payload(epoch), delivery());
      await evaluate(context, payload(epoch), delivery());
      const { ownPerplexity } = await platform.evaluation(trialId, epoch);
      own.push(ownPerplexity);
      await platform.pretendPerplexity(trialId, epoch, pretended[epoch - 1] ?? NaN);
    }
  });
  afterAll(() => jobs?.close());

  const weights = async (epoch: number, file: StoredFile) => {
    const path = await context.cache.fetch(`${keys.epochFolder(trialId, epoch)}/${file.key}`, file);
    return [...(await readSafetensors(path)).tensors.values()].flatMap(({ data }) => [...data]);
  };

  it('takes the two epochs whose own weights were best so far, and the first epoch alone', async () => {
    const evaluations = await Promise.all(epochs.map((epoch) => platform.evaluation(trialId, epoch)));
    // The second epoch against the first alone; the third against a bad one; the fourth against two good ones.
    expect(evaluations.map(({ average }) => average?.epochs)).toEqual([undefined, [1, 2], [1, 3], [1, 3]]);
    expect(evaluations[0]?.metrics.perplexity).toBe(own[0]);
    expect(evaluations[1]?.metrics.perplexity).not.toBe(own[1]);
  });

  it('keeps the mean of their weights, which is what was evaluated', async () => {
    const { average, model } = await platform.evaluation(trialId, 2);
    if (!average) throw new Error('nothing was averaged');
    expect(average.model.sha256).toBe(model);
    const [one, two] = await Promise.all(
      [1, 2].map(async (epoch) => weights(epoch, (await platform.record(trialId, epoch)).files.model)),
    );
    const mean = await weights(2, average.model);
    const furthest = Math.max(
      ...mean.map((value, index) => Math.abs(value - ((one?.[index] ?? NaN) + (two?.[index] ?? NaN)) / 2)),
    );
    expect(furthest).toBeLessThan(1e-6);
    expect(mean).not.toEqual(two);
  });
});

import {
  Corrupt,
  DatasetManifest,
  DatasetReport,
  ScoreRecord,
  type StoredFile,
  storedDataset,
  TranslationList,
} from '@honyaku/contracts';
import { keys } from '@honyaku/storage';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { evaluate } from '../src/jobs/evaluate.ts';
import { preprocess } from '../src/jobs/preprocess.ts';
import { score } from '../src/jobs/score.ts';
import { trainEpoch } from '../src/jobs/train-epoch.ts';
import { JobPlatform } from './job-platform.ts';
import { delivery } from './worker-context.ts';
import { config } from './worker-platform.ts';

const trialId = 'grouped-0001';

describe('a trial on a dataset with a dev set', () => {
  let jobs: JobPlatform;
  let platform: JobPlatform['platform'];
  let context: JobPlatform['context'];
  let dataset: string;
  const payload = () => ({
    sweepId: 'grouped',
    trialId,
    epoch: 1,
    config: { ...config, dataset, hyperparameters: { ...config.hyperparameters, batchSize: 16 } },
    dev: true as const,
  });

  beforeAll(async () => {
    jobs = await JobPlatform.open();
    ({ platform, context } = jobs);
    const { corpus, settings } = platform.datasetPayload;
    ({ dataset } = await preprocess(context, { corpus, settings: storedDataset(settings) }, delivery()));
    await trainEpoch(context, payload(), delivery());
    await evaluate(context, payload(), delivery());
  });
  afterAll(() => jobs?.close());

  const sourcesOf = async ({ key }: StoredFile) => {
    const path = `${keys.epochFolder(trialId, 1)}/${key}`;
    const { translations } = await jobs.read(TranslationList, path);
    return translations.map(({ source }) => source);
  };

  it('is built with shards of its own for it, in the same attempt', async () => {
    const { shards } = await jobs.read(DatasetManifest, keys.manifest(dataset));
    const { pairs, groups, lookUp } = await jobs.read(DatasetReport, keys.datasetReport(dataset));
    expect(shards.dev?.map((shard) => shard.pairs)).toEqual([pairs.dev]);
    expect(groups).toEqual(pairs);
    expect(lookUp).toEqual({ dev: expect.any(Number), test: expect.any(Number) });
    expect(lookUp?.dev).not.toBe(lookUp?.test);
    const [train, dev] = [shards.train[0]?.key, shards.dev?.[0]?.key].map((key) => key?.split('/'));
    expect(dev).toEqual([train?.[0], 'dev-00000.arrow']);
  });

  it('is evaluated on it, and scored with its losses on the test set', async () => {
    const { pairs } = await jobs.read(DatasetReport, keys.datasetReport(dataset));
    const { bleu } = await score(context, payload(), delivery());
    const evaluation = await platform.evaluation(trialId, 1);
    const record = await jobs.read(ScoreRecord, keys.scoreRecord(trialId, 1));
    expect(evaluation.metrics.translations.sentences).toBe(pairs.dev);
    expect(record.scores.sentences).toBe(pairs.test);
    expect(record.scores.bleu.score).toBe(bleu);
    const chosenBy = new Set(await sourcesOf(evaluation.translations));
    expect((await sourcesOf(record.translations)).filter((source) => chosenBy.has(source))).toEqual([]);

    // The test set's losses are what an evaluation of it has.
    const ofTest = { ...payload(), trialId: 'on-test-0001', dev: undefined };
    await trainEpoch(context, ofTest, delivery());
    await evaluate(context, ofTest, delivery());
    const { translations, seconds: _, ...losses } = (await platform.evaluation('on-test-0001', 1)).metrics;
    expect(record.losses).toEqual(losses);
    expect(record.scores).toMatchObject(translations);
  });

  it('cannot be evaluated on a dev set that its dataset lacks', async () => {
    const { dataset: random } = await preprocess(context, platform.datasetPayload, delivery());
    const other = { ...payload(), trialId: 'random-0001', config: { ...payload().config, dataset: random } };
    await trainEpoch(context, other, delivery());
    await expect(evaluate(context, other, delivery())).rejects.toThrow(Corrupt);
    await expect(evaluate(context, other, delivery())).rejects.toThrow(/manifest\.json has no dev set/);
  });
});

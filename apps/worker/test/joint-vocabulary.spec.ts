import { readFile } from 'node:fs/promises';
import {
  DatasetManifest,
  EpochRecord,
  Hyperparameters,
  specialTokens,
  type StoredFile,
  TranslationList,
} from '@honyaku/contracts';
import { openSplit, openTokenizers } from '@honyaku/data';
import { greedy, networkOf, Seq2Seq } from '@honyaku/model';
import { keys } from '@honyaku/storage';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { evaluate } from '../src/jobs/evaluate.ts';
import { localCopy } from '../src/jobs/job-context.ts';
import { preprocess } from '../src/jobs/preprocess.ts';
import { score } from '../src/jobs/score.ts';
import { trainEpoch } from '../src/jobs/train-epoch.ts';
import { JobPlatform } from './job-platform.ts';
import { delivery } from './worker-context.ts';
import { config } from './worker-platform.ts';

describe('a trial on a dataset with a joint vocabulary', () => {
  let jobs: JobPlatform;
  let platform: JobPlatform['platform'];
  let context: JobPlatform['context'];
  let manifest: DatasetManifest;

  beforeAll(async () => {
    jobs = await JobPlatform.open();
    ({ platform, context } = jobs);
    const { corpus, settings } = platform.datasetPayload;
    const joint = { ...settings, vocabulary: 'joint' as const };
    const { dataset } = await preprocess(context, { corpus, settings: joint }, delivery());
    manifest = await jobs.read(DatasetManifest, keys.manifest(dataset));
  });
  afterAll(() => jobs?.close());

  const local = (file: StoredFile) => localCopy(context, keys.datasetFolder(manifest.digest), file);
  const tokenizers = async () =>
    openTokenizers({
      source: await local(manifest.tokenizers.source),
      target: await local(manifest.tokenizers.target),
      vocabulary: manifest.vocabulary && (await local(manifest.vocabulary)),
    });

  it('has the vocabulary in the attempt of the dataset, and its size on both sides', async () => {
    const { vocabulary, vocabularySize, shards } = manifest;
    expect(vocabulary?.key).toBe(shards.train[0]?.key.replace('train-00000.arrow', 'vocab.json'));
    const marian: object = JSON.parse(vocabulary ? await readFile(await local(vocabulary), 'utf8') : '{}');
    const size = Object.keys(marian).length + 1;
    expect(vocabularySize).toEqual({ source: size, target: size });
    expect(size).toBeGreaterThan(60);
    const { source } = await tokenizers();
    const [test] = shards.test;
    const split = await openSplit(test ? [await local(test)] : []);
    expect(source.decode([...split.pair(0).source])).toBe(split.text(0)?.source);
  });

  it.each<[string, Partial<Hyperparameters>]>([
    ['a recurrent network', {}],
    ['in sampled pieces of sentences', { subwordAlpha: 0.2 }],
    ['a Transformer', { network: 'transformer', heads: 2, feedForwardSize: 32, encoderLayers: 1 }],
  ])('trains %s, and is evaluated and scored with translations in its pieces', async (_, options) => {
    const hyperparameters = Hyperparameters.parse({ ...config.hyperparameters, batchSize: 8, ...options });
    const trialId = `joint-${Object.keys(options).length}-0001`;
    const epoch = 1;
    const trained = { ...config, dataset: manifest.digest, hyperparameters };
    const payload = { sweepId: 'joint', trialId, epoch, config: trained };
    await trainEpoch(context, payload, delivery());
    await evaluate(context, payload, delivery());
    await score(context, payload, delivery());

    const { metrics, translations } = await platform.evaluation(trialId, epoch);
    expect(metrics.vocabularySize).toBe(manifest.vocabularySize.target);
    expect(metrics.perplexity).toBeLessThan(manifest.vocabularySize.target);
    const { files } = await jobs.read(EpochRecord, keys.epochRecord(trialId, epoch));
    const model = await localCopy(context, keys.epochFolder(trialId, epoch), files.model);
    const network = await Seq2Seq.load(model, networkOf(trained, manifest.vocabularySize));
    const { source, target } = await tokenizers();
    const list = await jobs.read(TranslationList, `${keys.epochFolder(trialId, epoch)}/${translations.key}`);
    const sources = list.translations.map((each) => [...source.encode(each.source), specialTokens.eos]);
    const outputs = greedy(network, sources, { maxTokens: 100 }).map((ids) => target.decode(ids));
    network.dispose();
    expect(list.translations.map(({ output }) => output)).toEqual(outputs);
    expect(outputs.join(' ')).toMatch(/[a-z]/);
  });
});

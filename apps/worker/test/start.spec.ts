import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import {
  Cancelled,
  ChildLost,
  DatasetManifest,
  type DatasetSettings,
  EpochRecord,
  fromJson,
  Hyperparameters,
  InvalidInput,
  StartRecord,
  type StoredFile,
  type TrainedConfig,
  architectureOf,
  startRecordOf,
  toJson,
} from '@honyaku/contracts';
import { readSafetensors } from '@honyaku/model';
import { keys } from '@honyaku/storage';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { evaluate } from '../src/jobs/evaluate.ts';
import { type Delivery, localCopy } from '../src/jobs/job-context.ts';
import { preprocess } from '../src/jobs/preprocess.ts';
import { trainEpoch } from '../src/jobs/train-epoch.ts';
import { config, WorkerPlatform } from './worker-platform.ts';
import { delivery, workerContext } from './worker-context.ts';

const transformer = Hyperparameters.parse({
  network: 'transformer',
  hiddenSize: 16,
  encoderLayers: 1,
  decoderLayers: 1,
  heads: 2,
  feedForwardSize: 32,
  learningRate: 0.003,
  batchSize: 4,
});

describe.each([
  {
    kind: 'a recurrent network',
    hyperparameters: { ...config.hyperparameters, batchSize: 4 },
    vocabulary: 'separate' as const,
  },
  { kind: 'a Transformer', hyperparameters: transformer, vocabulary: 'joint' as const },
])('a trial that starts from $kind', ({ hyperparameters, vocabulary }) => {
  let platform: WorkerPlatform;
  let folder: string;
  let context: ReturnType<typeof workerContext>;
  let source: DatasetManifest;
  let dataset: DatasetManifest;
  let start: StartRecord;

  const payloadOf = (sweepId: string, trial: TrainedConfig) => {
    return { sweepId, trialId: `${sweepId}-0001`, epoch: 1, config: trial };
  };
  const read = async <Schema extends Parameters<typeof fromJson>[0]>(schema: Schema, key: string) =>
    fromJson(schema, (await platform.objects.getText(key)) ?? '', key);
  const settingsOf = (): DatasetSettings => ({
    ...platform.datasetPayload.settings,
    ...(vocabulary === 'joint' ? { vocabulary } : {}),
  });
  const build = async (settings: DatasetSettings) => {
    const payload = { corpus: platform.datasetPayload.corpus, settings };
    return read(DatasetManifest, keys.manifest((await preprocess(context, payload, delivery())).dataset));
  };
  const started = (more: Partial<Hyperparameters> = {}): TrainedConfig => ({
    ...config,
    dataset: dataset.digest,
    start: start.digest,
    hyperparameters: { ...hyperparameters, averageDecay: 0.5, ...more },
  });
  const weightsOf = async (trialId: string) => {
    const { files } = await read(EpochRecord, keys.epochRecord(trialId, 1));
    return readSafetensors(await localCopy(context, keys.epochFolder(trialId, 1), files.model));
  };

  beforeAll(async () => {
    platform = await WorkerPlatform.open();
    folder = await mkdtemp(join(tmpdir(), 'honyaku-start-'));
    context = workerContext(platform.objects, folder);
    source = await build(settingsOf());
    const payload = payloadOf('source', { ...config, hyperparameters, dataset: source.digest });
    await trainEpoch(context, payload, delivery());
    await evaluate(context, payload, delivery());
    start = await stored('source-0001');
    dataset = await build({ ...settingsOf(), tokenizers: start.digest });
  });
  afterAll(async () => {
    await context[Symbol.asyncDispose]();
    await platform.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** The checkpoint as a client or the API stores it. */
  async function stored(trialId: string): Promise<StartRecord> {
    const { files } = await read(EpochRecord, keys.epochRecord(trialId, 1));
    const copy = async (from: string, { key, bytes, sha256 }: StoredFile) => {
      await platform.objects.copy(`${from}/${key}`, `${keys.startFiles}/${sha256}`);
      return { bytes, sha256 };
    };
    const ofDataset = (file: StoredFile) => copy(keys.datasetFolder(source.digest), file);
    const record = startRecordOf({
      name: 'example',
      architecture: architectureOf(hyperparameters),
      vocabularySize: source.vocabularySize,
      dataset: { vocabulary, vocabularySize: source.settings.vocabularySize },
      files: {
        model: await copy(keys.epochFolder(trialId, 1), files.model),
        source: await ofDataset(source.tokenizers.source),
        target: await ofDataset(source.tokenizers.target),
        ...(source.vocabulary ? { vocabulary: await ofDataset(source.vocabulary) } : {}),
      },
    });
    await platform.objects.put(keys.start(record.digest), toJson(StartRecord, record));
    return record;
  }

  it('has a dataset of its own that is encoded with the tokenizers of the model', () => {
    expect(dataset.digest).not.toBe(source.digest);
    const contentOf = ({ tokenizers, vocabulary: joint, shards }: DatasetManifest) =>
      [tokenizers.source, tokenizers.target, joint, ...shards.train, ...shards.test].map(
        (file) => file?.sha256,
      );
    expect(contentOf(dataset)).toEqual(contentOf(source));
  });

  it('is evaluated before its first step, with the result of the model, and goes on from its weights', async () => {
    const payload = payloadOf('slow', started({ learningRate: 1e-9, averageDecay: 0, dropout: 0 }));
    await trainEpoch(context, payload, delivery());
    await evaluate(context, payload, delivery());
    const [before, epoch0, epoch1] = await Promise.all([
      platform.evaluation('source-0001', 1),
      platform.evaluation('slow-0001', 0),
      platform.evaluation('slow-0001', 1),
    ]);
    expect(epoch0.model).toBe(start.files.model.sha256);
    const { seconds, ...metrics } = epoch0.metrics;
    expect(before.metrics).toMatchObject(metrics);
    expect(epoch0.translations.sha256).toBe(before.translations.sha256);
    expect(epoch1.metrics.perplexity).toBeCloseTo(before.metrics.perplexity, 3);
  });

  it('begins with fresh moments, also where the worker has just trained the very same weights', async () => {
    const trial = { ...config, dataset: source.digest, hyperparameters };
    await trainEpoch(context, payloadOf('again', trial), delivery());
    expect((await read(EpochRecord, keys.epochRecord('again-0001', 1))).files.model.sha256).toBe(
      start.files.model.sha256,
    );
    // The settings and the weights are those in the memory of the child.
    const warm = payloadOf('warm', { ...trial, start: start.digest });
    await trainEpoch(context, warm, delivery());
    await using other = workerContext(platform.objects, join(folder, 'other'));
    const cold = payloadOf('cold', { ...trial, start: start.digest });
    await trainEpoch(other, cold, delivery());
    expect((await platform.record('warm-0001', 1)).files).toMatchObject({
      model: { sha256: (await platform.record('cold-0001', 1)).files.model.sha256 },
    });
  });

  it.each(['embeddings', 'encoder'] as const)(
    'keeps the bytes of its %s where they are frozen',
    async (freeze) => {
      await trainEpoch(context, payloadOf(freeze, started({ freeze, weightDecay: 0.1 })), delivery());
      const [before, after] = [await weightsOf('source-0001'), await weightsOf(`${freeze}-0001`)];
      const isFrozen = { embeddings: /embedding|shared/, encoder: /^(?:model\.)?encoder|shared/ }[freeze];
      const same = [...before.tensors].filter(([name, { data }]) =>
        isDeepStrictEqual(after.tensors.get(name)?.data, data),
      );
      const names = same.map(([name]) => name);
      const frozen = [...before.tensors.keys()].filter((name) => isFrozen.test(name));
      expect(names).toEqual(expect.arrayContaining(frozen));
      expect(names.length).toBeLessThan(before.tensors.size);
    },
  );

  it('ends in the same bytes when it is stopped during its evaluation, during a step, and killed', async () => {
    await trainEpoch(context, payloadOf('whole', started()), delivery());
    const payload = payloadOf('broken', started());
    const broken = async (disturb: (parts: typeof context) => Partial<Delivery>) => {
      await using parts = workerContext(platform.objects, join(folder, Math.random().toString()), {
        checkpointSeconds: 0.02,
      });
      return trainEpoch(parts, payload, delivery(disturb(parts)));
    };
    await expect(broken(() => ({ signal: AbortSignal.abort() }))).rejects.toThrow(Cancelled);
    const controller = new AbortController();
    await expect(
      broken(() => ({ signal: controller.signal, report: () => controller.abort() })),
    ).rejects.toThrow(Cancelled);
    const kill = ({ trials }: typeof context) => ({
      report: () => void (trials.pid !== undefined && process.kill(trials.pid, 'SIGKILL')),
    });
    await expect(broken(kill)).rejects.toThrow(ChildLost);
    await trainEpoch(context, payload, delivery());
    const [whole, resumed] = [
      await platform.record('whole-0001', 1),
      await platform.record('broken-0001', 1),
    ];
    expect(resumed.files.model.sha256).toBe(whole.files.model.sha256);
    expect(resumed.files.optimizer.sha256).toBe(whole.files.optimizer.sha256);
    const names = await platform.filesOf('broken-0001', 0);
    expect(names.filter((name) => name === 'evaluation.json')).toHaveLength(1);
  });

  it('is refused where the model is not stored', async () => {
    const payload = payloadOf('lost', { ...started(), start: 'f'.repeat(64) });
    const training = trainEpoch(context, payload, delivery());
    await expect(training).rejects.toThrow(InvalidInput);
    await expect(training).rejects.toThrow(`start.digest: there is no model ${'f'.repeat(64)}`);
  });
});

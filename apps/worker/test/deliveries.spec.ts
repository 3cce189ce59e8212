import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Cancelled, EpochRecord, EvaluationRecord, fromJson, toJson } from '@honyaku/contracts';
import { readSafetensors, writeSafetensors } from '@honyaku/model';
import { keys } from '@honyaku/storage';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { evaluate } from '../src/jobs/evaluate.ts';
import { preprocess } from '../src/jobs/preprocess.ts';
import { partialRecord } from '../src/jobs/partial-checkpoint.ts';
import { trainEpoch } from '../src/jobs/train-epoch.ts';
import { config, WorkerPlatform } from './worker-platform.ts';
import { delivery, workerContext } from './worker-context.ts';

const quick = { ...config, hyperparameters: { ...config.hyperparameters, batchSize: 4 } };
const payload = (sweepId: string, epoch = 1) => ({
  sweepId,
  trialId: `${sweepId}-0001`,
  epoch,
  config: quick,
});

describe('deliveries of a train-epoch job', () => {
  let platform: WorkerPlatform;
  let folder: string;
  let context: ReturnType<typeof workerContext>;
  /** Of an epoch that nothing disturbed. */
  let expected: string;

  beforeAll(async () => {
    platform = await WorkerPlatform.open();
    folder = await mkdtemp(join(tmpdir(), 'honyaku-deliveries-'));
    context = workerContext(platform.objects, join(folder, 'one'));
    await preprocess(context, platform.datasetPayload, delivery());
    await trainEpoch(context, payload('plain'), delivery());
    expected = (await platform.record('plain-0001', 1)).files.model.sha256;
  });
  afterAll(async () => {
    await context[Symbol.asyncDispose]();
    await platform.close();
    await rm(folder, { recursive: true, force: true });
  });

  const partialOf = async (trialId: string) => {
    const partial = await partialRecord(context, { trialId, epoch: 1 });
    if (!partial) throw new Error(`${trialId} has no mid-epoch checkpoint`);
    return partial;
  };
  /** Stopped at a step at which a mid-epoch checkpoint was just written. */
  const stopAtCheckpoint = async (sweepId: string) => {
    const controller = new AbortController();
    const stopped = trainEpoch(
      { ...context, checkpointSeconds: 0 },
      payload(sweepId),
      delivery({ signal: controller.signal, report: () => controller.abort() }),
    );
    await expect(stopped).rejects.toThrow(Cancelled);
    return partialOf(`${sweepId}-0001`);
  };

  it('leave one record and the files of one attempt when two work at once', async () => {
    const other = workerContext(platform.objects, join(folder, 'two'));
    const results = await Promise.all([
      trainEpoch(context, payload('twice'), delivery()),
      trainEpoch(other, payload('twice'), delivery({ attemptsStarted: 2 })),
    ]);
    await other[Symbol.asyncDispose]();
    expect(results[0]).toEqual(results[1]);
    const { files } = await platform.record('twice-0001', 1);
    expect(files.model.sha256).toBe(expected);
    expect((await platform.filesOf('twice-0001', 1)).sort()).toEqual(
      [files.model.key, files.optimizer.key, 'record.json'].sort(),
    );
  });

  it('commit nothing when another delivery has superseded them', async () => {
    const late = delivery({ newestAttempt: () => Promise.resolve(2) });
    await expect(trainEpoch(context, payload('superseded'), late)).rejects.toThrow(
      'delivery 1 was superseded by delivery 2',
    );
    await trainEpoch(context, payload('superseded'), delivery({ attemptsStarted: 2 }));
    expect(await platform.record('superseded-0001', 1)).toMatchObject({
      fence: 2,
      files: { model: { sha256: expected } },
    });
  });

  it('keep the mid-epoch checkpoint when stopped at the step where it was written', async () => {
    const partial = await stopAtCheckpoint('drained');
    const stored = await platform.filesOf('drained-0001', 1);
    const { model, optimizer } = partial.files;
    const [attempt] = model.key.split('/');
    expect(stored.sort()).toEqual([model.key, optimizer.key, `${attempt}/partial.json`].sort());
    await trainEpoch(context, payload('drained'), delivery());
    expect((await platform.record('drained-0001', 1)).files.model.sha256).toBe(expected);
  });

  it('begin the epoch anew when the mid-epoch checkpoint cannot be read', async () => {
    const { files } = await stopAtCheckpoint('broken');
    await platform.objects.put(`${keys.epochFolder('broken-0001', 1)}/${files.model.key}`, 'no weights');
    const elsewhere = workerContext(platform.objects, join(folder, 'three'));
    await trainEpoch(elsewhere, payload('broken'), delivery());
    await elsewhere[Symbol.asyncDispose]();
    expect((await platform.record('broken-0001', 1)).files.model.sha256).toBe(expected);
  });

  it('are refused when the checkpoint was trained with other settings', async () => {
    const asked = { ...quick, hyperparameters: { ...quick.hyperparameters, dropout: 0.5 } };
    const { step } = await stopAtCheckpoint('other');
    await expect(trainEpoch(context, { ...payload('other'), config: asked }, delivery())).rejects.toThrow(
      `step ${step} of epoch 1 of other-0001 was trained with other settings: ` +
        'hyperparameters.dropout: 0.2 in the checkpoint, 0.5 requested',
    );
    expect((await partialOf('other-0001')).step).toBe(step);
    await expect(trainEpoch(context, { ...payload('plain', 2), config: asked }, delivery())).rejects.toThrow(
      'epoch 1 of plain-0001 was trained with other settings',
    );
  });

  it('record a network that has diverged as NaN, after one step', async () => {
    const first = await platform.record('plain-0001', 1);
    const diverged = join(folder, 'diverged.safetensors');
    const source = keys.epochFolder('plain-0001', 1);
    const local = await context.cache.fetch(`${source}/${first.files.model.key}`, first.files.model);
    const tensors = [...(await readSafetensors(local)).tensors].map(([name, { shape, data }]) => ({
      name,
      shape,
      data: Float32Array.from(data).fill(NaN),
    }));
    await writeSafetensors(diverged, tensors, () => tensors);
    const target = keys.epochFolder('nan-0001', 1);
    const model = { ...(await platform.objects.putFile(`${target}/model`, diverged)), key: 'model' };
    await platform.objects.copy(`${source}/${first.files.optimizer.key}`, `${target}/optimizer`);
    const files = { model, optimizer: { ...first.files.optimizer, key: 'optimizer' } };
    await platform.objects.put(
      keys.epochRecord('nan-0001', 1),
      toJson(EpochRecord, { ...first, trialId: 'nan-0001', files }),
    );

    expect(await evaluate(context, payload('nan', 1), delivery())).toEqual({ perplexity: NaN });
    expect(await trainEpoch(context, payload('nan', 2), delivery())).toEqual({ perplexity: NaN });
    const record = await platform.record('nan-0001', 2);
    expect(record.metrics).toMatchObject({ steps: 1, perplexity: NaN, perplexityBatchMean: NaN });
    expect(await evaluate(context, payload('nan', 2), delivery())).toEqual({ perplexity: NaN });
    const key = keys.evaluationRecord('nan-0001', 2);
    const text = (await platform.objects.getText(key)) ?? '';
    expect(text).toContain('"NaN"');
    expect(fromJson(EvaluationRecord, text, key).model).toBe(record.files.model.sha256);
  });
});

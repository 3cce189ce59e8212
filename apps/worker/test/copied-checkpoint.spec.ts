import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { evaluate } from '../src/jobs/evaluate.ts';
import { preprocess } from '../src/jobs/preprocess.ts';
import { trainEpoch } from '../src/jobs/train-epoch.ts';
import { config, House } from './house.ts';
import { delivery, workerParts } from './worker-parts.ts';

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
  let house: House;
  let folder: string;
  let parts: ReturnType<typeof workerParts>;

  beforeAll(async () => {
    house = await House.open();
    folder = await mkdtemp(join(tmpdir(), 'honyaku-copied-'));
    parts = workerParts(house.store, folder);
    await preprocess(parts, house.datasetPayload, delivery());
    for (const trialId of [strong, weak]) {
      const first = payload(trialId, 1, { learningRate: trialId === weak ? 0.0001 : 0.003 });
      await trainEpoch(parts, first, delivery());
      await evaluate(parts, first, delivery());
    }
  });
  afterAll(async () => {
    await parts[Symbol.asyncDispose]();
    await house.close();
    await rm(folder, { recursive: true, force: true });
  });

  const sha256 = async (trialId: string, epoch: number) =>
    (await house.record(trialId, epoch)).files.model.sha256;

  it('comes to the bytes of the other when its settings are the same, and says where it came from', async () => {
    await trainEpoch(parts, payload(strong, 2), delivery());
    await trainEpoch(parts, payload(weak, 2, { from: strong }), delivery());
    expect(await sha256(weak, 1)).not.toBe(await sha256(strong, 1));
    expect(await sha256(weak, 2)).toBe(await sha256(strong, 2));
    expect((await house.record(weak, 2)).from).toBe(strong);
    expect((await house.record(strong, 2)).from).toBeUndefined();
  });

  it('may have other settings than the other, which its own next epoch has to keep', async () => {
    await evaluate(parts, payload(weak, 2), delivery());
    const third = payload(weak, 3, { from: weak, learningRate: 0.01 });
    await expect(trainEpoch(parts, third, delivery())).rejects.toThrow(/learningRate/);
    await evaluate(parts, payload(strong, 2), delivery());
    await trainEpoch(parts, payload(weak, 3, { from: strong, learningRate: 0.01 }), delivery());
    expect((await house.record(weak, 3)).config.hyperparameters.learningRate).toBe(0.01);
  });
});

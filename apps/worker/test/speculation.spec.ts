import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type StoredFile, type trainEpochJob, TrainProgress } from '@honyaku/contracts';
import { ObjectStore } from '@honyaku/storage';
import { TensorProcess } from '@honyaku/tensor-process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { trialProtocol } from '../src/child/protocol.ts';
import { evaluate } from '../src/jobs/evaluate.ts';
import { preprocess } from '../src/jobs/preprocess.ts';
import { trainEpoch } from '../src/jobs/train-epoch.ts';
import type { WorkerContext } from '../src/jobs/worker-context.ts';
import { config, WorkerPlatform } from './worker-platform.ts';
import { delivery, workerContext } from './worker-context.ts';

/** Says what it is asked for, by name and epoch. */
class Overheard extends TensorProcess<typeof trialProtocol> {
  readonly asked: string[] = [];
  private readonly waiting = new Map<string, () => void>();

  override request: TensorProcess<typeof trialProtocol>['request'] = (name, payload, options) => {
    const what = 'epoch' in payload ? `${name} ${payload.epoch}` : name;
    this.asked.push(what);
    this.waiting.get(what)?.();
    return super.request(name, payload, options);
  };

  until(what: string): Promise<void> {
    return this.asked.includes(what)
      ? Promise.resolve()
      : new Promise((resolve) => this.waiting.set(what, resolve));
  }
}

/** Holds the upload of each optimiser state until it may go on. */
class HeldStore extends ObjectStore {
  mayGoOn: () => Promise<void> = () => Promise.resolve();

  override async putFile(key: string, path: string): Promise<StoredFile> {
    if (key.endsWith('/optimizer.safetensors')) await this.mayGoOn();
    return super.putFile(key, path);
  }
}

const payload = (trialId: string, epoch: number): z.output<typeof trainEpochJob.payload> => ({
  sweepId: 'ahead-123456',
  trialId,
  epoch,
  config: { ...config, hyperparameters: { ...config.hyperparameters, batchSize: 8 }, epochs: 3 },
  sentences: 7,
});

async function stepsOf({ metrics }: WorkerContext): Promise<number> {
  return (await metrics.steps.get()).values[0]?.value ?? 0;
}

describe('a worker', () => {
  let platform: WorkerPlatform;
  let folder: string;
  beforeAll(async () => {
    platform = await WorkerPlatform.open();
    folder = await mkdtemp(join(tmpdir(), 'honyaku-ahead-'));
  });
  afterAll(async () => {
    await platform.close();
    await rm(folder, { recursive: true, force: true });
  });

  function worker(name: string) {
    const store = new HeldStore({ ...platform.bucket, region: 'us-east-1' });
    const trials = new Overheard(trialProtocol, new URL('../src/child/trial-child.ts', import.meta.url));
    return { store, trials, context: workerContext(store, join(folder, name), { trials }) };
  }

  async function weights(trialId: string): Promise<string[]> {
    const records = await Promise.all([1, 2, 3].map((epoch) => platform.record(trialId, epoch)));
    return records.map(({ files }) => files.model.sha256);
  }

  it('trains the next epoch while the checkpoint of the last goes up, each once, to the same bytes', async () => {
    const { store, trials, context } = worker('ahead');
    await preprocess(context, platform.datasetPayload, delivery());
    const trialId = 'ahead-123456-0001';
    for (const epoch of [1, 2, 3]) {
      // The next epoch has begun before this one's checkpoint is in the bucket.
      store.mayGoOn = () => (epoch < 3 ? trials.until(`train-epoch ${epoch + 1}`) : Promise.resolve());
      await trainEpoch(context, payload(trialId, epoch), delivery());
      await evaluate(context, payload(trialId, epoch), delivery());
    }
    expect(trials.asked).toEqual([1, 2, 3].flatMap((epoch) => [`train-epoch ${epoch}`, `evaluate ${epoch}`]));
    await context[Symbol.asyncDispose]();
    await trials.stop();

    const plain = worker('plain');
    const other = 'ahead-123456-0002';
    const busy = delivery({ otherJobsWait: () => Promise.resolve(true) });
    for (const epoch of [1, 2, 3]) {
      await trainEpoch(plain.context, payload(other, epoch), busy);
      expect(plain.trials.asked).not.toContain(`train-epoch ${epoch + 1}`);
      await evaluate(plain.context, payload(other, epoch), busy);
    }
    expect(await weights(other)).toEqual(await weights(trialId));
    await plain.trials.stop();
  });

  it('does again what was lost after it was taken over, and counts its steps again', async () => {
    const { trials, context } = worker('lost');
    const trialId = 'ahead-123456-0005';
    const slow = (epoch: number) => ({ ...payload(trialId, epoch), config: { ...config, epochs: 3 } });
    await trainEpoch(context, slow(1), delivery());
    await evaluate(context, slow(1), delivery());
    await trials.until('train-epoch 2');
    const before = await stepsOf(context);
    const reported: number[] = [];
    const report = (progress: object) => {
      const { step, steps } = TrainProgress.parse(progress);
      if (step > steps / 2 && trials.asked.filter((what) => what === 'train-epoch 2').length === 1)
        process.kill(trials.pid ?? 0, 'SIGKILL');
      reported.push(step);
    };
    await trainEpoch(context, slow(2), delivery({ report }));
    const lost = Math.max(0, ...reported.filter((step, at) => step > (reported[at + 1] ?? Infinity)));
    expect(lost).toBeGreaterThan(0);
    expect((await stepsOf(context)) - before).toBe(lost + (reported.at(-1) ?? 0));
    await trials.stop();
  });

  it('gives up what it has begun when another job comes, and comes to the same bytes', async () => {
    const { trials, context } = worker('interrupted');
    const [one, two] = ['ahead-123456-0003', 'ahead-123456-0004'];
    for (const epoch of [1, 2, 3]) {
      for (const trialId of [one, two]) {
        await trainEpoch(context, payload(trialId, epoch), delivery());
        if (epoch < 3) await trials.until(`train-epoch ${epoch + 1}`);
        await evaluate(context, payload(trialId, epoch), delivery());
      }
    }
    expect(await weights(one)).toEqual(await weights('ahead-123456-0001'));
    expect(await weights(two)).toEqual(await weights('ahead-123456-0001'));
    expect(trials.asked.filter((what) => what === 'train-epoch 2').length).toBeGreaterThan(2);
    await trials.stop();
  });
});

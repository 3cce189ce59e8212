import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Cancelled, defaultHyperparameters, type TrialConfig } from '@honyaku/contracts';
import { ChildLost } from '@honyaku/tensor-process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { evaluate } from '../src/jobs/evaluate.ts';
import type { Delivery } from '../src/jobs/job-context.ts';
import { preprocess } from '../src/jobs/preprocess.ts';
import { trainEpoch } from '../src/jobs/train-epoch.ts';
import { config, House } from './house.ts';
import { delivery, workerParts } from './worker-parts.ts';

/** The rate is so high that some epoch is no improvement, so the plateau schedule goes back to the best. */
const everything: TrialConfig = {
  ...config,
  epochs: 3,
  hyperparameters: {
    ...defaultHyperparameters,
    embeddingSize: 16,
    hiddenSize: 16,
    layers: 2,
    bidirectional: true,
    attention: 'general',
    topState: 'carried',
    dropout: 0.3,
    learningRate: 0.3,
    batching: 'length',
    batchSize: 4,
    batchTokens: 40,
    accumulation: 2,
    labelSmoothing: 0.1,
    clipNorm: 1,
    weightDecay: 0.01,
    schedule: 'plateau',
    warmupSteps: 5,
    patience: 9,
    averageDecay: 0.9,
    averageBest: 2,
    subwordAlpha: 0.5,
  },
};
const stops = 20;
const kills = 5;

type Parts = ReturnType<typeof workerParts>;

describe('a trial with every option on', () => {
  let house: House;
  let folder: string;
  let undisturbed: readonly string[];
  let milliseconds: number;

  beforeAll(async () => {
    house = await House.open();
    folder = await mkdtemp(join(tmpdir(), 'honyaku-resume-'));
    const parts = workerParts(house.store, join(folder, 'undisturbed'));
    await preprocess(parts, house.datasetPayload, delivery());
    const start = performance.now();
    for (const epoch of epochs) await wholeEpoch(parts, 'undisturbed', epoch);
    milliseconds = (performance.now() - start) / everything.epochs;
    undisturbed = await digests('undisturbed');
    await parts[Symbol.asyncDispose]();
  }, 180_000);
  afterAll(async () => {
    await house.close();
    await rm(folder, { recursive: true, force: true });
  });

  const epochs = Array.from({ length: everything.epochs }, (_, index) => index + 1);
  const payload = (sweepId: string, epoch: number) => ({
    sweepId,
    trialId: `${sweepId}-0001`,
    epoch,
    config: everything,
  });
  const wholeEpoch = async (parts: Parts, sweepId: string, epoch: number, how: Partial<Delivery> = {}) => {
    await trainEpoch(parts, payload(sweepId, epoch), delivery(how));
    await evaluate(parts, payload(sweepId, epoch), delivery());
  };
  /** Of each epoch's weights, optimiser state and evaluated weights. */
  const digests = async (sweepId: string) => {
    const records = await Promise.all(
      epochs.map(async (epoch) => {
        const { files } = await house.record(`${sweepId}-0001`, epoch);
        const { model } = await house.evaluation(`${sweepId}-0001`, epoch);
        return [files.model.sha256, files.optimizer.sha256, model];
      }),
    );
    return records.flat();
  };

  it('goes back to its best epoch at half of the rate', async () => {
    const histories = await Promise.all(
      epochs.map(async (epoch) => (await house.record('undisturbed-0001', epoch)).history),
    );
    expect(histories.at(-1)?.plateauFactor).toBeLessThan(1);
  });

  /** Spreads the disturbances over the epochs, each by a worker of its own. */
  async function disturbed(
    sweepId: string,
    times: number,
    disturb: (parts: Parts, after: number) => Partial<Delivery>,
    expected: typeof Cancelled | typeof ChildLost,
  ): Promise<number> {
    let met = 0;
    for (const epoch of epochs) {
      const share =
        Math.ceil((times * epoch) / epochs.length) - Math.ceil((times * (epoch - 1)) / epochs.length);
      for (let time = 0; time < share; time += 1) {
        const parts = workerParts(house.store, join(folder, `${sweepId}-${epoch}-${time}`), {
          checkpointSeconds: 0.05,
        });
        // A part of what is left, so that all of them find something to disturb.
        const after = (Math.random() * milliseconds) / (share - time + 1);
        try {
          await trainEpoch(parts, payload(sweepId, epoch), delivery(disturb(parts, after)));
        } catch (error) {
          if (!(error instanceof expected)) throw error;
          met += 1;
        }
        await parts[Symbol.asyncDispose]();
      }
      const parts = workerParts(house.store, join(folder, `${sweepId}-${epoch}`));
      await wholeEpoch(parts, sweepId, epoch);
      await parts[Symbol.asyncDispose]();
    }
    return met;
  }

  it(`ends in the same bytes when stopped ${stops} times at random steps`, { timeout: 300_000 }, async () => {
    const met = await disturbed(
      'stopped',
      stops,
      (_, after) => {
        const controller = new AbortController();
        const report = () => void setTimeout(() => controller.abort(), after);
        return { signal: controller.signal, report };
      },
      Cancelled,
    );
    expect(await digests('stopped')).toEqual(undisturbed);
    expect(met).toBeGreaterThan(stops / 2);
  });

  it(`ends in the same bytes when killed ${kills} times`, { timeout: 300_000 }, async () => {
    const met = await disturbed(
      'killed',
      kills,
      (parts, after) => {
        let soon: NodeJS.Timeout | undefined;
        const kill = () => parts.trials.pid !== undefined && process.kill(parts.trials.pid, 'SIGKILL');
        return { report: () => void (soon ??= setTimeout(kill, after)) };
      },
      ChildLost,
    );
    expect(await digests('killed')).toEqual(undisturbed);
    expect(met).toBeGreaterThan(kills / 2);
  });
});

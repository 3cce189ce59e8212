/** A trial that is stopped and killed on its way, as tests of any number of times. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  Cancelled,
  ChildLost,
  defaultHyperparameters,
  type Precision,
  precisionOf,
  type TrainedConfig,
} from '@honyaku/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { evaluate } from '../src/jobs/evaluate.ts';
import type { Delivery } from '../src/jobs/job-context.ts';
import { preprocess } from '../src/jobs/preprocess.ts';
import { trainEpoch } from '../src/jobs/train-epoch.ts';
import { config, WorkerPlatform } from './worker-platform.ts';
import { delivery, workerContext } from './worker-context.ts';

const everything: TrainedConfig = {
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
    learningRate: 0.03,
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
    embeddingStd: 0.5,
    wordDropout: 0.1,
  },
};
/** The same of a Transformer: what is left out here is the recurrent network's. */
const transformer = {
  network: 'transformer',
  encoderLayers: 2,
  decoderLayers: 1,
  heads: 2,
  feedForwardSize: 24,
  attentionDropout: 0.2,
  activationDropout: 0.2,
  layerDropout: 0.2,
} as const;
const epochs = Array.from({ length: everything.epochs }, (_, index) => index + 1);
/** No improvement on the first, so the plateau schedule goes back to that one; better than a uniform model all the same. */
const pretendedPerplexities = [10, 20, 15];

type Parts = ReturnType<typeof workerContext>;

interface Disturbances {
  readonly network: 'recurrent' | 'transformer';
  readonly precision: Precision;
  readonly stops: number;
  readonly kills: number;
}

/** The bytes of a trial do not depend on how often a worker stops or loses its child in between. */
export function describeResumedTrials({ network, precision, stops, kills }: Disturbances): void {
  const isTransformer = network === 'transformer';
  let trialConfig: TrainedConfig = {
    ...everything,
    hyperparameters: { ...everything.hyperparameters, ...(isTransformer ? transformer : {}) },
    // In bfloat16 only native kernels compute, in float32 also TensorFlow's, with which the suite can be run.
    runtime: { ...config.runtime, precision, ...(precision === 'bfloat16' ? { kernels: 'native' } : {}) },
  };

  describe(`a trial of a ${network} network with every option on, in ${precision}`, () => {
    let platform: WorkerPlatform;
    let folder: string;
    let undisturbed: readonly string[];
    let milliseconds: number;

    beforeAll(async () => {
      platform = await WorkerPlatform.open();
      folder = await mkdtemp(join(tmpdir(), 'honyaku-resume-'));
      const context = workerContext(platform.objects, join(folder, 'undisturbed'));
      const { corpus, settings } = platform.datasetPayload;
      const chosen = isTransformer ? { ...settings, vocabulary: 'joint' as const } : settings;
      const { dataset } = await preprocess(context, { corpus, settings: chosen }, delivery());
      trialConfig = { ...trialConfig, dataset };
      const start = performance.now();
      for (const epoch of epochs) await wholeEpoch(context, 'undisturbed', epoch);
      milliseconds = (performance.now() - start) / everything.epochs;
      undisturbed = await digests('undisturbed');
      await context[Symbol.asyncDispose]();
    });
    afterAll(async () => {
      await platform.close();
      await rm(folder, { recursive: true, force: true });
    });

    const payload = (sweepId: string, epoch: number) => ({
      sweepId,
      trialId: `${sweepId}-0001`,
      epoch,
      config: trialConfig,
    });
    const wholeEpoch = async (
      context: Parts,
      sweepId: string,
      epoch: number,
      how: Partial<Delivery> = {},
    ) => {
      await trainEpoch(context, payload(sweepId, epoch), delivery(how));
      await evaluate(context, payload(sweepId, epoch), delivery());
      await platform.pretendPerplexity(`${sweepId}-0001`, epoch, pretendedPerplexities[epoch - 1] ?? NaN);
    };
    /** Of each epoch's weights, optimiser state and evaluated weights. */
    const digests = async (sweepId: string) => {
      const records = await Promise.all(
        epochs.map(async (epoch) => {
          const { files } = await platform.record(`${sweepId}-0001`, epoch);
          const { model } = await platform.evaluation(`${sweepId}-0001`, epoch);
          return [files.model.sha256, files.optimizer.sha256, model];
        }),
      );
      return records.flat();
    };

    it('goes back to its best epoch at half of the rate, in that precision', async () => {
      const { history, provenance } = await platform.record('undisturbed-0001', 3);
      expect(history).toMatchObject({ bestEpoch: 1, plateauFactor: 0.5 });
      expect(precisionOf(provenance.kernels)).toBe(precision);
    });

    /**
     * Disturbs whole trials until enough disturbances have met a training, each a worker of its own. The first of
     * an epoch comes at once, so every trial has some, however fast it trains.
     * @returns the trials' sweeps
     */
    async function disturbed(
      name: string,
      times: number,
      disturb: (context: Parts, after: number) => Partial<Delivery>,
      expected: typeof Cancelled | typeof ChildLost,
    ): Promise<string[]> {
      const sweepIds: string[] = [];
      for (let met = 0; met < times;) {
        const sweepId = `${name}-${sweepIds.length}`;
        sweepIds.push(sweepId);
        const share = Math.ceil((times - met) / epochs.length);
        for (const epoch of epochs) {
          for (let time = 0; time < share; time += 1) {
            const context = workerContext(platform.objects, join(folder, `${sweepId}-${epoch}-${time}`), {
              checkpointSeconds: 0.05,
            });
            // A part of what is left, so that most of them find something to disturb.
            const after = time === 0 ? 0 : (Math.random() * milliseconds) / (share - time + 1);
            try {
              await trainEpoch(context, payload(sweepId, epoch), delivery(disturb(context, after)));
            } catch (error) {
              if (!(error instanceof expected)) throw error;
              met += 1;
            }
            await context[Symbol.asyncDispose]();
          }
          const context = workerContext(platform.objects, join(folder, `${sweepId}-${epoch}`));
          await wholeEpoch(context, sweepId, epoch);
          await context[Symbol.asyncDispose]();
        }
      }
      return sweepIds;
    }

    it(`ends in the same bytes when stopped ${stops} times at random steps`, async () => {
      const sweepIds = await disturbed(
        'stopped',
        stops,
        (_, after) => {
          const controller = new AbortController();
          const report = () => void setTimeout(() => controller.abort(), after);
          return { signal: controller.signal, report };
        },
        Cancelled,
      );
      for (const sweepId of sweepIds) expect(await digests(sweepId)).toEqual(undisturbed);
    });

    it(`ends in the same bytes when killed ${kills} times`, async () => {
      const sweepIds = await disturbed(
        'killed',
        kills,
        (context, after) => {
          let soon: NodeJS.Timeout | undefined;
          const kill = () => context.trials.pid !== undefined && process.kill(context.trials.pid, 'SIGKILL');
          return { report: () => void (soon ??= setTimeout(kill, after)) };
        },
        ChildLost,
      );
      for (const sweepId of sweepIds) expect(await digests(sweepId)).toEqual(undisturbed);
    });
  });
}

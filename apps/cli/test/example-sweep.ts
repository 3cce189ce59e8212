/** A sweep of two trials for tests, of which one has diverged. */
import {
  type EpochView,
  type Hyperparameters,
  type SweepState,
  SweepSpec,
  type SweepView,
  type TrialState,
  type TrialView,
  defaultHyperparameters,
  trialIdOf,
} from '@honyaku/contracts';
import { exampleCounts, exampleHeldOut } from '@honyaku/contracts/examples';

export const sweepId = 'example-4f9a1c';
const digest = 'a'.repeat(64);
const time = '2026-01-01T00:00:00.000Z';

export function exampleEpoch(epoch: number, train: number, heldOut: number): EpochView {
  return {
    epoch,
    train: {
      steps: 10,
      targetTokens: 1000,
      perplexity: train,
      perplexityBatchMean: train,
      seconds: 42,
      paddedShare: 0.4,
    },
    heldOut: exampleHeldOut(heldOut),
    model: digest,
    samples: [{ source: '猫 <b>', output: `cat & epoch ${epoch}`, reference: 'A "cat".' }],
    worker: 'worker-1',
    committedAt: time,
  };
}

export function exampleTrial(
  number: number,
  state: TrialState,
  epochs: readonly EpochView[],
  hyperparameters: Partial<Hyperparameters> = {},
): TrialView {
  return {
    id: trialIdOf(sweepId, number),
    sweepId,
    number,
    state,
    config: {
      hyperparameters: { ...defaultHyperparameters, ...hyperparameters },
      seed: 1,
      epochs: 2,
      runtime: { threads: 1, onednn: true },
      dataset: digest,
    },
    epochs: epochs.map(({ epoch, train, heldOut, model, worker, committedAt }) => ({
      epoch,
      train,
      heldOut,
      model,
      worker,
      committedAt,
    })),
  };
}

export function exampleSweep(state: SweepState): SweepView {
  return {
    id: sweepId,
    name: 'example',
    state,
    spec: SweepSpec.parse({ name: 'example', corpus: { digest }, trials: 2, epochs: 2 }),
    trials: exampleCounts({ planned: 2, completed: 1, failed: 1 }),
    epochsDone: 3,
    workerSeconds: 30,
    best: {
      trialId: trialIdOf(sweepId, 1),
      epoch: 2,
      heldOut: exampleEpoch(2, 85.17, 70.28).heldOut,
    },
    createdAt: time,
  };
}

export const exampleEpochs = [exampleEpoch(1, 149.26, 90.66), exampleEpoch(2, 85.17, 70.28)];

export const exampleTrials = [
  exampleTrial(1, 'completed', exampleEpochs, { learningRate: 0.001 }),
  exampleTrial(2, 'failed', [exampleEpoch(1, NaN, Infinity)], { learningRate: 0.1 }),
];

/** A sweep of two trials for tests, of which one has diverged. */
import {
  type DatasetReport,
  type EpochView,
  type Hyperparameters,
  type SweepStatus,
  SweepSpec,
  type SweepView,
  type TrialState,
  type TrialView,
  trialIdOf,
} from '@honyaku/contracts';
import * as examples from '@honyaku/contracts/examples';

export const sweepId = 'example-4f9a1c';
const digest = 'a'.repeat(64);
const time = '2026-01-01T00:00:00.000Z';

export function exampleEpoch(epoch: number, train: number, heldOut: number): EpochView {
  const committed = examples.exampleEpoch(epoch, train, { heldOut: examples.exampleHeldOut(heldOut) });
  return {
    ...committed,
    train: { ...committed.train, steps: 10, targetTokens: 1000, seconds: 42, paddedShare: 0.4 },
    samples: [{ source: '猫 <b>', output: `cat & epoch ${epoch}`, reference: 'A "cat".' }],
  };
}

export function exampleTrial(
  number: number,
  state: TrialState,
  epochs: readonly EpochView[],
  hyperparameters: Partial<Hyperparameters> = {},
): TrialView {
  const trial = examples.exampleTrial(sweepId, number, [], {
    state,
    epochs: epochs.map(({ samples: _, ...committed }) => committed),
  });
  const { config } = trial;
  return {
    ...trial,
    config: { ...config, epochs: 2, hyperparameters: { ...config.hyperparameters, ...hyperparameters } },
  };
}

export function exampleSweep(state: SweepStatus): SweepView {
  return {
    id: sweepId,
    name: 'example',
    state,
    spec: SweepSpec.parse({ name: 'example', corpus: { digest }, trials: 2, epochs: 2 }),
    trials: examples.exampleCounts({ planned: 2, completed: 1, failed: 1 }),
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

/** A report on the dataset of the sweep, as earlier versions wrote it. */
export const exampleReport: DatasetReport = {
  ...{ sourceLanguage: 'ja', targetLanguage: 'en', bleuTokenization: '13a' },
  pairs: { train: 16_000, test: 4_000 },
  skipped: { tooLong: 0, invisible: 0 },
  overlap: { pairs: 0, sources: 0, targets: 0 },
  outsideTokenizers: { source: 0, target: 0 },
};

export const exampleEpochs = [exampleEpoch(1, 149.26, 90.66), exampleEpoch(2, 85.17, 70.28)];

export const exampleTrials = [
  exampleTrial(1, 'completed', exampleEpochs, { learningRate: 0.001 }),
  exampleTrial(2, 'failed', [exampleEpoch(1, NaN, Infinity)], { learningRate: 0.1 }),
];

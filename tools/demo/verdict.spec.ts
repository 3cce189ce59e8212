import {
  type BundleConfig,
  SweepSpec,
  type SweepView,
  type TrialView,
  defaultHyperparameters,
} from '@honyaku/contracts';
import { exampleCounts, exampleHeldOut } from '@honyaku/contracts/examples';
import { describe, expect, it } from 'vitest';
import { type DemoOutcome, failuresOf } from './verdict.ts';

const time = '2026-01-01T00:00:00.000Z';
const digest = 'a'.repeat(64);

function outcome(perplexities: readonly number[], translatedEpoch = perplexities.length): DemoOutcome {
  const trialId = 'demo-000000-0001';
  const trial: TrialView = {
    id: trialId,
    sweepId: 'demo-000000',
    number: 1,
    state: 'completed',
    config: {
      hyperparameters: defaultHyperparameters,
      seed: 1,
      epochs: 3,
      runtime: { threads: 1, onednn: true },
      dataset: digest,
    },
    epochs: perplexities.map((perplexity, index) => ({
      epoch: index + 1,
      train: {
        targetTokens: 1,
        perplexity,
        perplexityBatchMean: perplexity,
        seconds: 1,
        steps: 1,
        paddedShare: 0,
      },
      heldOut: exampleHeldOut(perplexity),
      model: digest,
      worker: 'worker-1',
      committedAt: time,
    })),
  };
  const sweep: SweepView = {
    id: 'demo-000000',
    name: 'demo',
    state: 'completed',
    spec: SweepSpec.parse({ name: 'demo', corpus: { digest } }),
    trials: exampleCounts({ planned: 1, completed: 1 }),
    epochsDone: 3,
    workerSeconds: 30,
    best: { trialId, epoch: 3, heldOut: exampleHeldOut(1) },
    createdAt: time,
  };
  const file = { key: 'model.safetensors', bytes: 1, sha256: digest };
  const config: BundleConfig = {
    version: 1,
    sweepId: sweep.id,
    trialId,
    epoch: 3,
    hyperparameters: defaultHyperparameters,
    vocabularySize: { source: 8, target: 8 },
    heldOut: exampleHeldOut(1),
    corpus: {
      digest,
      file: 'pairs.tsv',
      bytes: 1,
      pairs: 1,
      sourceLanguage: 'ja',
      targetLanguage: 'en',
      name: 'n',
      licence: 'l',
    },
    files: { model: file, source: file, target: file },
  };
  const translated = { trialId, epoch: translatedEpoch, translations: [{ source: '猫', output: 'cat' }] };
  return { sweep, trials: [trial], bundle: { config }, translated };
}

describe('failuresOf', () => {
  it('finds nothing when the perplexity fell every epoch and the checkpoint that was read back translated', () => {
    expect(failuresOf(outcome([90.66, 70.28, 61.11]))).toEqual([]);
  });

  it.each([
    ['rose', [90.66, 70.28, 70.5]],
    ['stayed', [90.66, 70.28, 70.28]],
    ['was NaN', [90.66, 70.28, NaN]],
    ['is missing for an epoch', [90.66, 70.28]],
  ])('says so when the perplexity %s', (_what, perplexities) => {
    const told = failuresOf(outcome(perplexities, 3));
    expect(told).toHaveLength(1);
    expect(told[0]).toMatch(/did not fall in each of its 3 epochs: 90\.66, 70\.28/);
  });

  it('says so when another checkpoint translated, or nothing came out', () => {
    expect(failuresOf(outcome([3, 2, 1], 2))).toEqual([expect.stringMatching(/not the checkpoint/)]);
    const empty = outcome([3, 2, 1]);
    const translated = { ...empty.translated, translations: [{ source: '猫', output: ' ' }] };
    expect(failuresOf({ ...empty, translated })).toEqual(['every translation is empty']);
  });

  it('says so when the sweep did not complete', () => {
    const good = outcome([3, 2, 1]);
    const sweep: SweepView = { ...good.sweep, state: 'failed', reason: 'the dataset could not be made' };
    expect(failuresOf({ ...good, sweep })).toEqual(['the sweep is failed: the dataset could not be made']);
  });
});

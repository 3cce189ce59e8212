/** Example values for the tests of all packages, in one place, so that a new field changes only this file. */
import { type SweepView, type TrialView } from '../src/api.ts';
import { defaultHyperparameters } from '../src/hyperparameters.ts';
import { type SweepId, trialIdOf } from '../src/identifiers.ts';
import { type BundleConfig, type HeldOutMetrics } from '../src/records.ts';
import { type CommittedEpoch } from '../src/sweep-log.ts';
import { type TrainedRuntime } from '../src/sweep-spec.ts';

const digest = 'a'.repeat(64);

/** The number of trials by state; 0 by default. */
export function exampleCounts(counts: Partial<SweepView['trials']>): SweepView['trials'] {
  return {
    planned: 0,
    pending: 0,
    running: 0,
    paused: 0,
    completed: 0,
    pruned: 0,
    failed: 0,
    lost: 0,
    cancelled: 0,
    ...counts,
  };
}

/** Held-out metrics with the given perplexity. */
export function exampleHeldOut(perplexity: number, more: Partial<HeldOutMetrics> = {}): HeldOutMetrics {
  return {
    targetTokens: 200,
    perplexity,
    perplexityBatchMean: perplexity,
    bitsPerCharacter: Math.log2(perplexity) / 4,
    vocabularySize: 8000,
    translations: {
      sentences: 20,
      bleu: {
        score: 12.3,
        low: 10.1,
        high: 14.5,
        signature: 'nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:2.5.1',
        brevityPenalty: 0.9,
        hypothesisLength: 90,
        referenceLength: 100,
      },
      chrf: { score: 34.5, signature: 'nrefs:1|case:mixed|eff:yes|nc:6|nw:0|space:no|version:2.5.1' },
      unknownShare: 0.01,
      repeatedShare: 0.02,
      lengthRatio: 0.9,
      collapse: [],
    },
    seconds: 3,
    ...more,
  };
}

/** A committed epoch with the given perplexity, in training and on held-out pairs. */
export function exampleEpoch(
  epoch: number,
  perplexity: number,
  more: Partial<CommittedEpoch> = {},
): CommittedEpoch {
  return {
    epoch,
    train: {
      steps: 1,
      targetTokens: 10,
      perplexity,
      perplexityBatchMean: perplexity,
      seconds: 1,
      paddedShare: 0.25,
    },
    heldOut: exampleHeldOut(perplexity),
    model: digest,
    worker: 'worker-1',
    committedAt: '2026-01-01T00:00:00.000Z',
    ...more,
  };
}

/** A running trial with one epoch for each of the given perplexities. */
export function exampleTrial(
  sweepId: SweepId,
  number: number,
  perplexities: readonly number[],
  more: Partial<TrialView> = {},
): TrialView {
  return {
    id: trialIdOf(sweepId, number),
    sweepId,
    number,
    state: 'running',
    config: {
      hyperparameters: defaultHyperparameters,
      seed: 1,
      epochs: 4,
      runtime: { threads: 1, onednn: true },
      dataset: digest,
    },
    epochs: perplexities.map((perplexity, index) => exampleEpoch(index + 1, perplexity)),
    ...more,
  };
}

/** The runtime settings of trials that tests train, from the environment, so that a suite can run with each of them. */
export function tensorRuntime(environment: NodeJS.ProcessEnv = process.env): TrainedRuntime {
  return {
    threads: Number(environment['TF_NUM_INTRAOP_THREADS'] ?? 1),
    onednn: environment['TF_ENABLE_ONEDNN_OPTS'] !== '0',
    ...(environment['HONYAKU_KERNELS'] === 'native' ? { kernels: 'native' as const } : {}),
    ...(environment['HONYAKU_PRECISION'] === 'bfloat16' ? { precision: 'bfloat16' as const } : {}),
  };
}

/** The best bundle of a sweep's first trial. */
export function exampleBundle(
  sweepId: SweepId,
  epoch: number,
  more: Partial<BundleConfig> = {},
): BundleConfig {
  const file = (key: string) => ({ key, bytes: 1, sha256: digest });
  return {
    version: 1,
    sweepId,
    trialId: trialIdOf(sweepId, 1),
    epoch,
    hyperparameters: defaultHyperparameters,
    vocabularySize: { source: 10, target: 10 },
    heldOut: exampleHeldOut(2),
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
    files: { model: file('model.safetensors'), source: file('source.model'), target: file('target.model') },
    ...more,
  };
}

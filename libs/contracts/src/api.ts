/** Request and response bodies of the control API; each schema also encodes to wire form (see `Measure`). */
import { z } from 'zod';
import { errorKinds } from './errors.ts';
import { Sha256 } from './digest.ts';
import { Hyperparameters } from './hyperparameters.ts';
import { SweepId, TrialId } from './identifiers.ts';
import { NamedLanguage } from './language.ts';
import { TrainProgress } from './progress.ts';
import {
  BundleConfig,
  HeldOutMetrics,
  Provenance,
  SampleTranslation,
  TrainMetrics,
  TrialConfig,
} from './records.ts';
import { SweepSpec } from './sweep-spec.ts';

/** `preparing`: the dataset is not built yet. `paused`: no epoch starts until the sweep is resumed. */
export const sweepStates = ['preparing', 'running', 'paused', 'completed', 'failed', 'cancelled'] as const;
export type SweepStatus = (typeof sweepStates)[number];

/**
 * `pending`: not started yet. `paused`: the pruner holds it until it may continue. `pruned`: ended early by the pruner.
 * `failed`: ended by an error (see `reason`). `lost`: ended because Redis, the bucket or its workers were unavailable
 * for too long.
 */
export const trialStates = [
  'pending',
  'running',
  'paused',
  'completed',
  'pruned',
  'failed',
  'lost',
  'cancelled',
] as const;
export type TrialState = (typeof trialStates)[number];

const timestamp = z.iso.datetime();

/** One committed epoch of a trial. */
export const EpochView = z.strictObject({
  epoch: z.int().min(1),
  train: TrainMetrics,
  heldOut: HeldOutMetrics,
  /** Of the model that the trial starts from, before its first step: epoch 0. Only the first epoch has it. */
  start: HeldOutMetrics.optional(),
  /** sha256 of the trained weights; equal for two trials with identical training. */
  model: Sha256,
  samples: z.array(SampleTranslation),
  /** Why there are no samples, where their record cannot be read. */
  withoutSamples: z.string().optional(),
  worker: z.string(),
  /** As in `Provenance`. */
  kernels: Provenance.shape.kernels,
  committedAt: timestamp,
});
export type EpochView = z.output<typeof EpochView>;

export const TrialView = z.strictObject({
  id: TrialId,
  sweepId: SweepId,
  number: z.int().min(1),
  state: z.enum(trialStates),
  reason: z.string().optional(),
  /** Whether retrying a failed trial may help; a trial that diverged would diverge again. */
  retryable: z.boolean().optional(),
  config: TrialConfig,
  /** Population based training: after `epoch` the trial continued from the checkpoint of `from`, with new settings. */
  exploits: z
    .array(z.strictObject({ epoch: z.int().min(1), from: TrialId, before: Hyperparameters }))
    .optional(),
  /** Epochs whose checkpoints retention always keeps. */
  pinned: z.array(z.int().min(1)).optional(),
  /** Without `samples`, to keep lists small. */
  epochs: z.array(EpochView.omit({ samples: true, withoutSamples: true })),
  startedAt: timestamp.optional(),
  endedAt: timestamp.optional(),
});
export type TrialView = z.output<typeof TrialView>;

/**
 * What became of the score of the whole test set. `pending`: the sweep waits for it. `done`: the best epoch has it, as
 * its `test` if the dataset has a dev set, else in place of the sample's translation metrics. `failed`: it does not.
 */
export const WholeScore = z.discriminatedUnion('state', [
  z.strictObject({ state: z.literal('pending') }),
  z.strictObject({ state: z.literal('done') }),
  z.strictObject({ state: z.literal('failed'), reason: z.string() }),
]);

/** The epoch with the lowest held-out token perplexity of all trials. */
export const BestEpoch = z.strictObject({
  trialId: TrialId,
  epoch: z.int().min(1),
  heldOut: HeldOutMetrics,
  /** Of the test set, read once all trials have ended; only if the dataset has a dev set, of which `heldOut` is. */
  test: HeldOutMetrics.optional(),
  /** Only in sweeps whose evaluations translate a sample or are of the dev set, once their trials have ended. */
  wholeScore: WholeScore.optional(),
});
export type BestEpoch = z.output<typeof BestEpoch>;

export const SweepView = z.strictObject({
  id: SweepId,
  name: z.string(),
  state: z.enum(sweepStates),
  reason: z.string().optional(),
  spec: SweepSpec,
  /** Number of trials by state; `pending` includes those that the sampler has not suggested yet. */
  trials: z.strictObject({
    planned: z.int(),
    pending: z.int(),
    running: z.int(),
    paused: z.int(),
    completed: z.int(),
    pruned: z.int(),
    failed: z.int(),
    lost: z.int(),
    cancelled: z.int(),
  }),
  /** Time of training and evaluation, summed over all trials. */
  workerSeconds: z.number(),
  epochsDone: z.int(),
  best: BestEpoch.optional(),
  createdAt: timestamp,
  endedAt: timestamp.optional(),
});
export type SweepView = z.output<typeof SweepView>;

/** A sweep after a request, with sentences on what is perhaps not meant; absent if there are none. */
export const NotedSweep = SweepView.extend({ notes: z.array(z.string()).optional() });
export type NotedSweep = z.output<typeof NotedSweep>;

/** A sweep that the API cannot read; `reason` names the object. */
export const UnreadableSweep = z.strictObject({ sweep: z.string(), reason: z.string() });
export type UnreadableSweep = z.output<typeof UnreadableSweep>;

const unreadable = z.array(UnreadableSweep).max(100).optional();

/** `unreadable` lists at most a hundred sweeps. */
export const SweepList = z.strictObject({
  sweeps: z.array(SweepView),
  unreadable,
});
export const TrialList = z.strictObject({ trials: z.array(TrialView) });
export const EpochList = z.strictObject({ epochs: z.array(EpochView) });

/** The files of a bundle that the API serves itself, for clients that cannot reach the bucket. */
export const BundleFile = z.enum(['model', 'source', 'target', 'vocabulary']);
export type BundleFile = z.output<typeof BundleFile>;

/** The best bundle: presigned URLs of its files (valid for `expiresInSeconds`) and its stable prefix in the bucket. */
export const BestBundle = z.strictObject({
  config: BundleConfig,
  bucket: z.string(),
  prefix: z.string(),
  samples: z.array(SampleTranslation),
  expiresInSeconds: z.int(),
  urls: z.strictObject({
    model: z.url(),
    source: z.url(),
    target: z.url(),
    vocabulary: z.url().exactOptional(),
    config: z.url(),
  }),
});
export type BestBundle = z.output<typeof BestBundle>;

/** The objects that a garbage collection of a sweep removed from the bucket, or would remove. */
export const CollectionResult = z.strictObject({
  removed: z.array(z.strictObject({ key: z.string(), bytes: z.int().min(0) })),
  kept: z.strictObject({ objects: z.int().min(0), bytes: z.int().min(0) }),
  /**
   * In a versioned bucket: noncurrent versions and delete markers in the sweep's folder. Removed objects become
   * noncurrent versions, which take up space until the bucket's lifecycle rules expire them.
   */
  noncurrent: z
    .strictObject({ versions: z.int().min(0), bytes: z.int().min(0), deleteMarkers: z.int().min(0) })
    .optional(),
});
export type CollectionResult = z.output<typeof CollectionResult>;

/** The number of workers of each role that would have work now. */
export const Demand = z.strictObject({
  preprocess: z.strictObject({ workers: z.int().min(0) }),
  trials: z.strictObject({ workers: z.int().min(0) }),
});
export type Demand = z.output<typeof Demand>;

/** The answer of the liveness probe. */
export const Health = z.strictObject({ status: z.literal('ok') });
export type Health = z.output<typeof Health>;

/** The answer of the readiness probe; `unreadable` lists at most a hundred sweeps. */
export const Readiness = Health.extend({ unreadable });
export type Readiness = z.output<typeof Readiness>;

/** Body of every response with a status of 400 or above. */
export const ErrorBody = z.strictObject({ error: z.enum(errorKinds), message: z.string() });
export type ErrorBody = z.output<typeof ErrorBody>;

/** The `data` of events of `GET /v1/events`; the `id` of their SSE frames ascends and can be sent as Last-Event-ID. */
export const LiveEvent = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('sweep'), sweep: SweepView }),
  z.strictObject({ type: z.literal('trial'), trial: TrialView }),
  z.strictObject({ type: z.literal('progress'), progress: TrainProgress }),
]);
export type LiveEvent = z.output<typeof LiveEvent>;

/** The part of a corpus record that the uploader provides; the rest is measured. */
export const CorpusUpload = z.strictObject({
  name: z.string().min(1).max(200),
  licence: z.string().min(1).max(500),
  sourceLanguage: NamedLanguage,
  targetLanguage: NamedLanguage,
});
export type CorpusUpload = z.output<typeof CorpusUpload>;

/** Bodies of the control API. Everything here is in wire form through its schema (see `Measure`). */
import { z } from 'zod';
import { errorKinds } from './errors.ts';
import { Sha256 } from './digest.ts';
import { Hyperparameters } from './hyperparameters.ts';
import { SweepId, TrialId } from './identifiers.ts';
import { TrainProgress } from './progress.ts';
import { BundleConfig, HeldOutMetrics, SampleTranslation, TrainMetrics, TrialConfig } from './records.ts';
import { SweepSpec } from './sweep-spec.ts';

/** `preparing` until the dataset is there; `paused`: nothing new starts until it is resumed. */
export const sweepStates = ['preparing', 'running', 'paused', 'completed', 'failed', 'cancelled'] as const;
export type SweepStatus = (typeof sweepStates)[number];

/**
 * `pending`: waits for its start. `paused`: the pruner holds it until it earns more epochs. `pruned`: ended
 * early by the pruner. `failed`: ended by an error (see `reason`). `lost`: what it needs stopped answering.
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
  /** Of the weights as they were trained: equal in two trials whose training was the same. */
  model: Sha256,
  samples: z.array(SampleTranslation),
  worker: z.string(),
  committedAt: timestamp,
});
export type EpochView = z.output<typeof EpochView>;

export const TrialView = z.strictObject({
  id: TrialId,
  sweepId: SweepId,
  number: z.int().min(1),
  state: z.enum(trialStates),
  reason: z.string().optional(),
  /** Whether trying a failed trial again may help: what diverged would diverge again. */
  retryable: z.boolean().optional(),
  config: TrialConfig,
  /** Where population based training put the trial behind another: after `epoch` it went on from `from`. */
  exploits: z
    .array(z.strictObject({ epoch: z.int().min(1), from: TrialId, before: Hyperparameters }))
    .optional(),
  /** Epochs whose checkpoints retention leaves alone. */
  pinned: z.array(z.int().min(1)).optional(),
  /** Without `samples`, to keep lists small. */
  epochs: z.array(EpochView.omit({ samples: true })),
  startedAt: timestamp.optional(),
  endedAt: timestamp.optional(),
});
export type TrialView = z.output<typeof TrialView>;

/** The epoch with the lowest held-out token perplexity of all trials. */
export const BestEpoch = z.strictObject({ trialId: TrialId, epoch: z.int().min(1), heldOut: HeldOutMetrics });
export type BestEpoch = z.output<typeof BestEpoch>;

export const SweepView = z.strictObject({
  id: SweepId,
  name: z.string(),
  state: z.enum(sweepStates),
  reason: z.string().optional(),
  spec: SweepSpec,
  /** By state; `pending` counts those too that the sampler has not been asked for yet. */
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
  /** Training and evaluation of all trials together. */
  workerSeconds: z.number(),
  epochsDone: z.int(),
  best: BestEpoch.optional(),
  createdAt: timestamp,
  endedAt: timestamp.optional(),
});
export type SweepView = z.output<typeof SweepView>;

export const SweepList = z.strictObject({ sweeps: z.array(SweepView) });
export const TrialList = z.strictObject({ trials: z.array(TrialView) });
export const EpochList = z.strictObject({ epochs: z.array(EpochView) });

/** The files of a bundle that the API hands on itself, for those who do not reach the bucket. */
export const BundleFile = z.enum(['model', 'source', 'target']);
export type BundleFile = z.output<typeof BundleFile>;

/** The best bundle: presigned URLs of its files (valid for `expiresInSeconds`) and the stable keys in the bucket. */
export const BestBundle = z.strictObject({
  config: BundleConfig,
  bucket: z.string(),
  prefix: z.string(),
  samples: z.array(SampleTranslation),
  expiresInSeconds: z.int(),
  urls: z.strictObject({ model: z.url(), source: z.url(), target: z.url(), config: z.url() }),
});
export type BestBundle = z.output<typeof BestBundle>;

/** Of a sentence to translate, in UTF-16 units. */
export const longestSentence = 5_000;
/** In tokens: the longest target of `dataset.maxTokens`, and its end. */
const longestTranslation = 4_097;

export const TranslateRequest = z
  .strictObject({
    sentences: z
      .array(z.string().min(1, 'a sentence must not be empty').max(longestSentence))
      .min(1)
      .max(256),
    /**
     * Tokens after which a translation is cut, its end counted as one; left out, the length of the longest
     * target that the model may have been trained on.
     */
    maxTokens: z.int().min(1).max(longestTranslation).optional(),
    /** Translations under way that beam search keeps; 1 is greedy, which takes the likeliest token each time. */
    beamSize: z.int().min(1).max(32).default(1),
    /** Exponent of beam search's length penalty; more prefers longer translations. */
    lengthPenalty: z.number().min(0).max(10).default(0.6),
    /** Sampling draws tokens by their probability, as the notebook does with `decisive` off. */
    sample: z.boolean().default(false),
    seed: z.int().min(0).default(1),
    /** Below 1 likely tokens get likelier. */
    temperature: z.number().min(0).max(10).default(1),
    /** Only so many likeliest tokens may be drawn; 0 stands for all. */
    topK: z.int().min(0).max(65_535).default(0),
    /** Only the likeliest tokens that have this probability together may be drawn. */
    topP: z.number().gt(0).max(1).default(1),
  })
  .refine(({ sample, beamSize }) => !sample || beamSize === 1, {
    path: ['sample'],
    message: 'cannot be combined with a beamSize above 1',
  });
export type TranslateRequest = z.output<typeof TranslateRequest>;
export const TranslateResponse = z.strictObject({
  trialId: TrialId,
  epoch: z.int(),
  translations: z.array(
    z.strictObject({
      source: z.string(),
      output: z.string(),
      /** It was cut, because it had not ended after so many tokens as were allowed. */
      truncated: z.literal(true).optional(),
    }),
  ),
});
export type TranslateResponse = z.output<typeof TranslateResponse>;

/** What a collection of a sweep's garbage removed from the bucket, or would have. */
export const CollectionResult = z.strictObject({
  removed: z.array(z.strictObject({ key: z.string(), bytes: z.int().min(0) })),
  kept: z.strictObject({ objects: z.int().min(0), bytes: z.int().min(0) }),
  /**
   * Where the bucket keeps versions: what takes room under the sweep's folder beside its objects. What a collection
   * removes joins it, and frees no room until the bucket's lifecycle rules expire it.
   */
  noncurrent: z
    .strictObject({ versions: z.int().min(0), bytes: z.int().min(0), deleteMarkers: z.int().min(0) })
    .optional(),
});
export type CollectionResult = z.output<typeof CollectionResult>;

/** How many workers of each role would have work at once, now. */
export const Demand = z.strictObject({
  preprocess: z.strictObject({ workers: z.int().min(0) }),
  trials: z.strictObject({ workers: z.int().min(0) }),
});
export type Demand = z.output<typeof Demand>;

/** That the process runs, or is ready. */
export const Health = z.strictObject({ status: z.literal('ok') });
export type Health = z.output<typeof Health>;

/** A sweep that the API leaves out, and the object that it cannot read. */
export const UnreadableSweep = z.strictObject({ sweep: SweepId, reason: z.string() });
export type UnreadableSweep = z.output<typeof UnreadableSweep>;

/** The answer of the readiness probe; `unreadable` names the first hundred. */
export const Readiness = Health.extend({ unreadable: z.array(UnreadableSweep).max(100).optional() });
export type Readiness = z.output<typeof Readiness>;

/** Body of every answer with a status of 400 or more. */
export const ErrorBody = z.strictObject({ error: z.enum(errorKinds), message: z.string() });
export type ErrorBody = z.output<typeof ErrorBody>;

/** Live events, the `data` of `GET /v1/events`; `id` of the SSE frame rises and can be given as Last-Event-ID. */
export const LiveEvent = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('sweep'), sweep: SweepView }),
  z.strictObject({ type: z.literal('trial'), trial: TrialView }),
  z.strictObject({ type: z.literal('progress'), progress: TrainProgress }),
]);
export type LiveEvent = z.output<typeof LiveEvent>;

/** Part of the corpus record that the uploader states; the rest is measured. */
export const CorpusUpload = z.strictObject({
  name: z.string().min(1).max(200),
  licence: z.string().min(1).max(500),
  sourceLanguage: z.string().regex(/^[a-z]{2,3}$/),
  targetLanguage: z.string().regex(/^[a-z]{2,3}$/),
});
export type CorpusUpload = z.output<typeof CorpusUpload>;

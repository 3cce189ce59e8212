/** Records in the object store: the source of truth, from which all other state can be rebuilt. */
import { z } from 'zod';
import { DatasetManifest, StoredFile } from './dataset.ts';
import { Sha256 } from './digest.ts';
import { Hyperparameters } from './hyperparameters.ts';
import { SweepId, TrialId } from './identifiers.ts';
import { Measure } from './numbers.ts';
import {
  defaultPrecision,
  type Precision,
  RuntimeSettings,
  SweepSpec,
  TrainedRuntime,
} from './sweep-spec.ts';

const timestamp = z.iso.datetime();
const epochNumber = z.int().min(1);

/** `sweeps/<sweep>/sweep.json` beside the `sweep.yaml` that was submitted. */
export const SweepRecord = z.strictObject({ id: SweepId, spec: SweepSpec, createdAt: timestamp });
export type SweepRecord = z.output<typeof SweepRecord>;

/** Everything that a trial's training depends on. */
export const TrialConfig = z.strictObject({
  hyperparameters: Hyperparameters,
  seed: z.int().min(0),
  epochs: epochNumber,
  runtime: RuntimeSettings,
  dataset: Sha256,
  /** The model that the first epoch starts from (`StartRecord`); absent for initial weights. */
  start: Sha256.optional(),
});
export type TrialConfig = z.output<typeof TrialConfig>;

/** What an epoch was trained with. */
export const TrainedConfig = TrialConfig.extend({ runtime: TrainedRuntime });
export type TrainedConfig = z.output<typeof TrainedConfig>;

/** The settings with the precision that `auto`, where the sweep has it, came to. */
export function withPrecision(config: TrialConfig, resolved: Precision = defaultPrecision): TrainedConfig {
  const { precision, ...runtime } = config.runtime;
  const trained = precision === 'auto' ? resolved : precision;
  return { ...config, runtime: { ...runtime, ...(trained === undefined ? {} : { precision: trained }) } };
}

/** `sweeps/<sweep>/trials/<trial>/trial.json`. */
export const TrialRecord = z.strictObject({
  id: TrialId,
  sweepId: SweepId,
  config: TrialConfig,
  createdAt: timestamp,
});
export type TrialRecord = z.output<typeof TrialRecord>;

/** Totals of one epoch's training. Losses are natural logarithms, summed over target tokens without padding. */
export const TrainMetrics = z.strictObject({
  steps: z.int().min(0),
  targetTokens: z.int().min(0),
  /** exp(total token loss / total tokens). */
  perplexity: Measure,
  /** exp(mean of the steps' mean losses), as the notebook reports it. */
  perplexityBatchMean: Measure,
  /** Time of the train steps only, over all attempts. */
  seconds: z.number().min(0),
  /** Share of target positions that were padding. */
  paddedShare: z.number().min(0).max(1),
});
export type TrainMetrics = z.output<typeof TrainMetrics>;

/** The GPU that computed a result, and the settings under which it computes the same bytes again. */
export const GpuRecord = z.strictObject({
  /** Such as `NVIDIA A100-SXM4-40GB`. */
  name: z.string(),
  driver: z.string(),
  /** Environment variables of TensorFlow and CUDA that change results. */
  environment: z.record(z.string(), z.string()),
});
export type GpuRecord = z.output<typeof GpuRecord>;

/** Origin of a result: worker, versions and device. */
export const Provenance = z.strictObject({
  host: z.string(),
  worker: z.string(),
  codeVersion: z.string(),
  nodeVersion: z.string(),
  tensorflowVersion: z.string(),
  /** Absent for results of a CPU. */
  gpu: GpuRecord.optional(),
  /**
   * The kernels that had a part in the result, the first to last of a trial's epochs so far, such as
   * `native 3f2a… avx512`: its bytes depend on them. Absent where all are TensorFlow's.
   */
  kernels: z.array(z.string()).min(1).optional(),
});
export type Provenance = z.output<typeof Provenance>;

/** The precision of what these kernels computed. @param kernels as in `Provenance` */
export function precisionOf(kernels: Provenance['kernels']): Precision {
  return kernels?.every((name) => name.endsWith(' bfloat16')) === true ? 'bfloat16' : 'float32';
}

/** Summary of the held-out perplexities up to an epoch, for the plateau schedule and `patience`. */
export const HeldOutHistory = z.strictObject({
  /** 0 if there is none yet. */
  bestEpoch: z.int().min(0),
  bestPerplexity: Measure,
  epochsSinceBest: z.int().min(0),
  /** The plateau schedule's factor of the learning rate. */
  plateauFactor: z.number().positive().max(1),
});
export type HeldOutHistory = z.output<typeof HeldOutHistory>;

/** `…/epochs/0003/record.json`: the commit point of a train-epoch job. File keys are relative to the epoch's folder. */
export const EpochRecord = z.strictObject({
  trialId: TrialId,
  epoch: epochNumber,
  attempt: z.string(),
  /** Fencing token of the delivery that committed; increases with each delivery. */
  fence: z.int().min(0),
  config: TrainedConfig,
  /** The trial whose checkpoint of the previous epoch was continued, if it is another one. */
  from: TrialId.optional(),
  /** Excludes this epoch. */
  history: HeldOutHistory,
  metrics: TrainMetrics,
  files: z.strictObject({ model: StoredFile, optimizer: StoredFile }),
  provenance: Provenance,
  startedAt: timestamp,
  committedAt: timestamp,
});
export type EpochRecord = z.output<typeof EpochRecord>;

/** `…/epochs/0003/<attempt>/partial.json`: an attempt's last mid-epoch checkpoint; the epoch continues at `step`. */
export const PartialRecord = z.strictObject({
  trialId: TrialId,
  epoch: epochNumber,
  config: TrainedConfig,
  /** Steps of this epoch already taken. */
  step: z.int().min(1),
  totals: z.strictObject({
    targetTokens: z.int(),
    targetPositions: z.int(),
    tokenLoss: Measure,
    batchMeanLoss: Measure,
    seconds: z.number(),
  }),
  files: z.strictObject({ model: StoredFile, optimizer: StoredFile }),
});
export type PartialRecord = z.output<typeof PartialRecord>;

export const SampleTranslation = z.strictObject({
  source: z.string(),
  output: z.string(),
  reference: z.string(),
});
export type SampleTranslation = z.output<typeof SampleTranslation>;

export const TranslationList = z.strictObject({ translations: z.array(SampleTranslation) });
export type TranslationList = z.output<typeof TranslationList>;

const share = z.number().min(0).max(1);
const score = z.number().min(0);

/** Signs of repetitive translations, which perplexity does not reveal. */
export const CollapseSign = z.enum(['repeated', 'dominant', 'identical']);

/** Quality of translations of held-out sentences, as detokenised text. Scores are from 0 to 100. */
export const TranslationMetrics = z.strictObject({
  /** Number of translated pairs: the first ones of the split, or of a sample or the whole of it (see `SweepSpec`). */
  sentences: z.int().min(1),
  bleu: z.strictObject({
    score,
    /** Lower bound of the 95% interval by bootstrap resampling of the sentences. */
    low: score,
    /** Upper bound. */
    high: score,
    /** As sacreBLEU prints it. */
    signature: z.string(),
    brevityPenalty: share,
    /** In words of the signature's tokenisation. */
    hypothesisLength: z.int().min(0),
    referenceLength: z.int().min(0),
  }),
  chrf: z.strictObject({ score, signature: z.string() }),
  /** Share of output tokens that are `<unk>`. */
  unknownShare: share,
  /** Share of output tokens that equal the previous one. */
  repeatedShare: share,
  /** Output tokens ÷ reference tokens. */
  lengthRatio: Measure,
  /** Number of translations that were cut at their limit; absent in stored evaluations, see `heldOutOf`. */
  truncated: z.int().min(0).optional(),
  /** The beam search that made the translations; absent where they are greedy, as those of all evaluations. */
  beam: z.strictObject({ size: z.int().min(2), lengthPenalty: z.number().min(0) }).optional(),
  /** Empty if there are none. */
  collapse: z.array(CollapseSign),
});
export type TranslationMetrics = z.output<typeof TranslationMetrics>;

/** Metrics of the test split, without dropout or label smoothing. */
export const HeldOutMetrics = z.strictObject({
  targetTokens: z.int().min(0),
  /** exp(total token loss / total tokens); only comparable between networks with the same vocabulary. */
  perplexity: Measure,
  /** exp(mean of the batches' mean losses), as the notebook reports it. */
  perplexityBatchMean: Measure,
  /** Total token loss in bits ÷ reference characters; comparable between different vocabularies as well. */
  bitsPerCharacter: Measure,
  /** Size of the target vocabulary. */
  vocabularySize: z.int().min(1),
  translations: TranslationMetrics,
  seconds: z.number().min(0),
});
export type HeldOutMetrics = z.output<typeof HeldOutMetrics>;

/** `…/epochs/0003/evaluation.json`: the commit point of an evaluate job. */
export const EvaluationRecord = z.strictObject({
  trialId: TrialId,
  /** 0 for the model that the trial starts from, which is evaluated before the first step. */
  epoch: z.int().min(0),
  /** Digest of the evaluated weights. */
  model: Sha256,
  metrics: HeldOutMetrics,
  /** Perplexity of the epoch's own weights, which the plateau schedule and averaging use. */
  ownPerplexity: Measure,
  /** Present if the mean of several epochs' weights was evaluated: these epochs and the file of the mean. */
  average: z.strictObject({ epochs: z.array(epochNumber).min(1), model: StoredFile }).optional(),
  samples: z.array(SampleTranslation),
  /** A `TranslationList` of all translated pairs. */
  translations: StoredFile,
  provenance: Provenance,
  committedAt: timestamp,
});
export type EvaluationRecord = z.output<typeof EvaluationRecord>;

/** The losses of held-out metrics, without translations. */
const HeldOutLosses = HeldOutMetrics.omit({ translations: true, seconds: true });

/** `…/epochs/0003/score.json`: the commit point of a score job. */
export const ScoreRecord = z.strictObject({
  trialId: TrialId,
  epoch: epochNumber,
  /** Digest of the weights, which are those of the epoch's evaluation. */
  model: Sha256,
  /** Of the whole test set. */
  scores: TranslationMetrics,
  /** Of the test set; absent where evaluations have them of it already. */
  losses: HeldOutLosses.optional(),
  seconds: z.number().min(0),
  /** A `TranslationList` of all pairs. */
  translations: StoredFile,
  provenance: Provenance,
  committedAt: timestamp,
});
export type ScoreRecord = z.output<typeof ScoreRecord>;

/**
 * Name of the file of translations. It contains the number of cut ones, because workers of version 0.1.0 refuse records
 * with new fields.
 */
export function translationsFileName(cut: number): string {
  return cut === 0 ? 'translations.json' : `translations-${cut}-cut.json`;
}

/** The metrics of an evaluation, with the number of cut translations. */
export function heldOutOf({ metrics, translations }: EvaluationRecord): HeldOutMetrics {
  const [, cut] = /(?:^|\/)translations-(\d+)-cut\.json$/.exec(translations.key) ?? [];
  if (cut === undefined) return metrics;
  return { ...metrics, translations: { ...metrics.translations, truncated: Number(cut) } };
}

/** `sweeps/<sweep>/best/config.json`: the origin of the weights in the bundle and the settings to use them with. */
export const BundleConfig = z.strictObject({
  version: z.literal(1),
  sweepId: SweepId,
  trialId: TrialId,
  epoch: epochNumber,
  hyperparameters: Hyperparameters,
  vocabularySize: DatasetManifest.shape.vocabularySize,
  heldOut: HeldOutMetrics,
  /** Of the test set, where `heldOut` is of the dev set and the sweep's trials have ended. */
  test: HeldOutMetrics.optional(),
  corpus: DatasetManifest.shape.corpus,
  files: z.strictObject({
    model: StoredFile,
    source: StoredFile,
    target: StoredFile,
    /** The joint vocabulary; absent where they are separate. */
    vocabulary: StoredFile.exactOptional(),
  }),
});
export type BundleConfig = z.output<typeof BundleConfig>;

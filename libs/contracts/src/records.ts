/** What lies in the object store beside the data: the truth from which everything else can be rebuilt. */
import { z } from 'zod';
import { DatasetManifest, StoredFile } from './dataset.ts';
import { Sha256 } from './digest.ts';
import { Hyperparameters, NetworkChoice } from './hyperparameters.ts';
import { SweepId, TrialId } from './identifiers.ts';
import { Measure } from './numbers.ts';
import { RuntimeSettings, SweepSpec } from './sweep-spec.ts';

const timestamp = z.iso.datetime();
const epochNumber = z.int().min(1);

/** `sweeps/<sweep>/sweep.json` beside the `sweep.yaml` that was submitted. */
export const SweepRecord = z.strictObject({ id: SweepId, spec: SweepSpec, createdAt: timestamp });
export type SweepRecord = z.output<typeof SweepRecord>;

/** All that a trial's training depends on. */
export const TrialConfig = z.strictObject({
  network: NetworkChoice.optional(),
  hyperparameters: Hyperparameters,
  seed: z.int().min(0),
  epochs: epochNumber,
  runtime: RuntimeSettings,
  dataset: Sha256,
});
export type TrialConfig = z.output<typeof TrialConfig>;

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
  /** Time in train steps alone, all attempts together. */
  seconds: z.number().min(0),
  /** Share of target positions that were padding. */
  paddedShare: z.number().min(0).max(1),
});
export type TrainMetrics = z.output<typeof TrainMetrics>;

/** The GPU that did it, and the settings under which it computes the same bytes again. */
export const GpuRecord = z.strictObject({
  /** Such as `NVIDIA A100-SXM4-40GB`. */
  name: z.string(),
  driver: z.string(),
  /** Variables of TensorFlow and CUDA that change results. */
  environment: z.record(z.string(), z.string()),
});
export type GpuRecord = z.output<typeof GpuRecord>;

/** Who did it, with what. */
export const Provenance = z.strictObject({
  host: z.string(),
  worker: z.string(),
  codeVersion: z.string(),
  nodeVersion: z.string(),
  tensorflowVersion: z.string(),
  /** Absent where a CPU did it. */
  gpu: GpuRecord.optional(),
});
export type Provenance = z.output<typeof Provenance>;

/** What the held-out perplexities up to an epoch came to: the plateau schedule and patience go by it. */
export const HeldOutHistory = z.strictObject({
  /** 0 when there is none yet. */
  bestEpoch: z.int().min(0),
  bestPerplexity: Measure,
  epochsSinceBest: z.int().min(0),
  /** What the plateau schedule leaves of the learning rate. */
  plateauFactor: z.number().positive().max(1),
});
export type HeldOutHistory = z.output<typeof HeldOutHistory>;

/** `…/epochs/0003/record.json`: the commit point of a train-epoch job. File keys are relative to the epoch's folder. */
export const EpochRecord = z.strictObject({
  trialId: TrialId,
  epoch: epochNumber,
  attempt: z.string(),
  /** Of the delivery that committed; rises with each. */
  fence: z.int().min(0),
  config: TrialConfig,
  /** The trial whose checkpoint of the epoch before it went on from, where that is another. */
  from: TrialId.optional(),
  /** Of the epochs before this one. */
  history: HeldOutHistory,
  metrics: TrainMetrics,
  files: z.strictObject({ model: StoredFile, optimizer: StoredFile }),
  provenance: Provenance,
  startedAt: timestamp,
  committedAt: timestamp,
});
export type EpochRecord = z.output<typeof EpochRecord>;

/** `…/epochs/0003/partial.json`: the last mid-epoch checkpoint; the epoch goes on at `step`. */
export const PartialRecord = z.strictObject({
  trialId: TrialId,
  epoch: epochNumber,
  config: TrialConfig,
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

/** Signs that a network writes the same over and over, which its perplexity does not show. */
export const CollapseSign = z.enum(['repeated', 'dominant', 'identical']);

/** What greedy translations of held-out sentences are worth, as detokenised text. Scores are 0 to 100. */
export const TranslationMetrics = z.strictObject({
  /** Pairs translated, the first of the split. */
  sentences: z.int().min(1),
  bleu: z.strictObject({
    score,
    /** Of the 95% interval by bootstrap resampling of the sentences. */
    low: score,
    high: score,
    /** As sacreBLEU prints it. */
    signature: z.string(),
    brevityPenalty: share,
    /** Words as the signature's tokenisation counts them. */
    hypothesisLength: z.int().min(0),
    referenceLength: z.int().min(0),
  }),
  chrf: z.strictObject({ score, signature: z.string() }),
  /** Of the tokens written, those that are `<unk>`. */
  unknownShare: share,
  /** Of the tokens written, those that equal the one before. */
  repeatedShare: share,
  /** Tokens written ÷ tokens of the references. */
  lengthRatio: Measure,
  /** Translations that were cut because they had not ended after 100 tokens; absent in what is stored, see `heldOutOf`. */
  truncated: z.int().min(0).optional(),
  /** Empty when all is well. */
  collapse: z.array(CollapseSign),
});
export type TranslationMetrics = z.output<typeof TranslationMetrics>;

/** Metrics of the test split, without dropout or label smoothing. */
export const HeldOutMetrics = z.strictObject({
  targetTokens: z.int().min(0),
  /** exp(total token loss / total tokens); compares networks of one vocabulary alone. */
  perplexity: Measure,
  /** exp(mean of the batches' mean losses), as the notebook reports it. */
  perplexityBatchMean: Measure,
  /** Total token loss in bits ÷ characters of the references; compares networks of different vocabularies too. */
  bitsPerCharacter: Measure,
  /** Of the target side. */
  vocabularySize: z.int().min(1),
  translations: TranslationMetrics,
  seconds: z.number().min(0),
});
export type HeldOutMetrics = z.output<typeof HeldOutMetrics>;

/** `…/epochs/0003/evaluation.json`: the commit point of an evaluate job. */
export const EvaluationRecord = z.strictObject({
  trialId: TrialId,
  epoch: epochNumber,
  /** Of the weights that were evaluated. */
  model: Sha256,
  metrics: HeldOutMetrics,
  /** Of the epoch's own weights: the plateau schedule and averaging go by it. */
  ownPerplexity: Measure,
  /** Where the mean of several epochs' weights was evaluated: which, and the file that holds it. */
  average: z.strictObject({ epochs: z.array(epochNumber).min(1), model: StoredFile }).optional(),
  samples: z.array(SampleTranslation),
  /** A `TranslationList` of all pairs that were translated. */
  translations: StoredFile,
  provenance: Provenance,
  committedAt: timestamp,
});
export type EvaluationRecord = z.output<typeof EvaluationRecord>;

/**
 * Name of the file of translations. It tells how many were cut, for workers of version 0.1.0, which go on with what
 * others have begun, refuse records with something new in them.
 */
export function translationsFileName(cut: number): string {
  return cut === 0 ? 'translations.json' : `translations-${cut}-cut.json`;
}

/** The metrics of an evaluation, with the translations that were cut. */
export function heldOutOf({ metrics, translations }: EvaluationRecord): HeldOutMetrics {
  const [, cut] = /(?:^|\/)translations-(\d+)-cut\.json$/.exec(translations.key) ?? [];
  if (cut === undefined) return metrics;
  return { ...metrics, translations: { ...metrics.translations, truncated: Number(cut) } };
}

/** `sweeps/<sweep>/best/config.json`: says whose weights the bundle beside it holds and how to use them. */
export const BundleConfig = z.strictObject({
  version: z.literal(1),
  sweepId: SweepId,
  trialId: TrialId,
  epoch: epochNumber,
  network: NetworkChoice.optional(),
  hyperparameters: Hyperparameters,
  vocabularySize: DatasetManifest.shape.vocabularySize,
  heldOut: HeldOutMetrics,
  corpus: DatasetManifest.shape.corpus,
  files: z.strictObject({ model: StoredFile, source: StoredFile, target: StoredFile }),
});
export type BundleConfig = z.output<typeof BundleConfig>;

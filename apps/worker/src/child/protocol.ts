/** Requests of the worker to its child processes. All files are local; the worker transfers them. */
import {
  DatasetManifest,
  DatasetReport,
  DatasetSettings,
  EvaluationRecord,
  HeldOutHistory,
  HeldOutMetrics,
  PartialRecord,
  precisions,
  PreprocessProgress,
  Provenance,
  SampleTranslation,
  ScoreRecord,
  Sha256,
  TokenLimit,
  TrainedConfig,
  TrainMetrics,
  TrainProgress,
  TranslationMetrics,
} from '@honyaku/contracts';
import { z } from 'zod';

const vocabularySize = DatasetManifest.shape.vocabularySize;
const tokenizers = z.strictObject({
  source: z.string(),
  target: z.string(),
  vocabulary: z.string().optional(),
});
const model = z.strictObject({ path: z.string(), sha256: Sha256 });
/** A checkpoint, and the held-out set that it is to translate. */
const translation = {
  config: TrainedConfig,
  vocabularySize,
  shards: z.array(z.string()),
  tokenizers,
  targetLanguage: z.string(),
  model,
  /** Where translations are cut; absent as in sweeps of earlier versions. */
  maxTokens: TokenLimit.optional(),
  /** Tokens, with the end token, of a target that the checkpoint may have been trained on. */
  longestTarget: z.int().min(1),
};

/** Weights and optimiser state in local files, after some steps of an epoch. */
const WrittenCheckpoint = z.strictObject({
  step: z.int(),
  totals: PartialRecord.shape.totals,
  model,
  optimizer: z.strictObject({ path: z.string() }),
});
export type WrittenCheckpoint = z.output<typeof WrittenCheckpoint>;

export const trialProtocol = {
  /** The precision in which this processor multiplies faster. */
  'faster-precision': {
    payload: z.strictObject({}),
    progress: z.never(),
    result: z.enum(precisions),
  },
  'train-epoch': {
    payload: z.strictObject({
      epoch: z.int(),
      config: TrainedConfig,
      vocabularySize,
      shards: z.array(z.string()),
      tokenizers,
      plateauFactor: HeldOutHistory.shape.plateauFactor,
      /**
       * The checkpoint that the epoch starts from; absent for the initial weights. The model that a trial starts from has
       * no optimiser state: moments and averages begin anew.
       */
      checkpoint: z.strictObject({ model, optimizer: z.string().optional() }).optional(),
      /** Steps of this epoch that the checkpoint already includes, with their totals. */
      resume: z.strictObject({ step: z.int(), totals: PartialRecord.shape.totals }).optional(),
      folder: z.string(),
      checkpointSeconds: z.number(),
    }),
    progress: z.discriminatedUnion('type', [
      TrainProgress.omit({ trialId: true, epoch: true, worker: true }).extend({
        type: z.literal('steps'),
        /** Target tokens of this epoch so far. */
        targetTokens: z.int(),
        /** Memory of the tensors that the binding holds: of parameters and moments with native kernels alone. */
        tensorBytes: z.int(),
        /** Memory of the whole process. */
        residentBytes: z.int(),
      }),
      z.strictObject({ type: z.literal('checkpoint'), checkpoint: WrittenCheckpoint }),
    ]),
    result: z.strictObject({
      /** False when training was stopped before the last step. */
      finished: z.boolean(),
      checkpoint: WrittenCheckpoint,
      metrics: TrainMetrics,
      tensorflowVersion: z.string(),
      kernels: Provenance.shape.kernels,
    }),
  },
  evaluate: {
    payload: z.strictObject({
      ...translation,
      epoch: z.int(),
      /** Epochs whose weights may be averaged with this one's. */
      earlier: z.array(z.strictObject({ epoch: z.int(), ownPerplexity: z.number(), model: z.string() })),
      /** Number of pairs in the sample that is translated; absent for the first 2,000. */
      sentences: z.int().min(1).optional(),
      /** Folder for the files of translations and averaged weights. */
      folder: z.string(),
    }),
    progress: z.never(),
    result: z.strictObject({
      metrics: HeldOutMetrics,
      ownPerplexity: EvaluationRecord.shape.ownPerplexity,
      average: z.strictObject({ epochs: z.array(z.int()), path: z.string() }).optional(),
      /** Path of a `TranslationList` in the folder. */
      translations: z.string(),
      samples: z.array(SampleTranslation),
      tensorflowVersion: z.string(),
      kernels: Provenance.shape.kernels,
    }),
  },
  score: {
    payload: z.strictObject({
      ...translation,
      /** Absent for greedy decoding. */
      beam: TranslationMetrics.shape.beam,
      /** Whether the losses are computed too. */
      losses: z.boolean(),
      /** Folder for the file of translations. */
      folder: z.string(),
    }),
    progress: z.never(),
    result: z.strictObject({
      ...ScoreRecord.pick({ scores: true, losses: true, seconds: true }).shape,
      /** Path of a `TranslationList` in the folder. */
      translations: z.string(),
      tensorflowVersion: z.string(),
      kernels: Provenance.shape.kernels,
    }),
  },
};

export const preprocessProtocol = {
  preprocess: {
    payload: z.strictObject({
      corpusFile: z.string(),
      settings: DatasetSettings,
      languages: z.strictObject({ source: z.string(), target: z.string() }),
      folder: z.string(),
      /** Tokenizers to encode with, in place of new ones. */
      tokenizers: tokenizers.optional(),
      pythonPath: z.string(),
      threads: z.int().min(1),
    }),
    progress: PreprocessProgress,
    result: z.strictObject({
      dataset: DatasetManifest.pick({
        tokenizers: true,
        vocabulary: true,
        vocabularySize: true,
        shards: true,
        skipped: true,
      }),
      findings: DatasetReport.omit({ sourceLanguage: true, targetLanguage: true }),
    }),
  },
};

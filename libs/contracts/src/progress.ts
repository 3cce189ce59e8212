import { z } from 'zod';
import { TrialId } from './identifiers.ts';
import { Measure } from './numbers.ts';

/** Progress of a train-epoch job. */
export const TrainProgress = z.strictObject({
  trialId: TrialId,
  epoch: z.int().min(1),
  step: z.int().min(0),
  steps: z.int().min(1),
  targetTokensPerSecond: z.number().min(0),
  /** Token perplexity of the epoch so far. */
  perplexity: Measure,
  elapsedSeconds: z.number().min(0),
  worker: z.string(),
});
export type TrainProgress = z.output<typeof TrainProgress>;

/** Progress of a preprocess job. */
export const PreprocessProgress = z.strictObject({
  stage: z.enum(['download', 'clean', 'groups', 'tokenizers', 'encode', 'look-up', 'upload']),
  /** 0 to 1. */
  share: z.number().min(0).max(1),
});
export type PreprocessProgress = z.output<typeof PreprocessProgress>;

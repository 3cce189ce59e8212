import { z } from 'zod';

/** The settings of one network and its training. The defaults are the notebook's. */
export const Hyperparameters = z.strictObject({
  embeddingSize: z.int().min(1).max(8192).default(512),
  hiddenSize: z.int().min(1).max(8192).default(512),
  dropout: z.number().min(0).lt(1).default(0.2),
  /** Where the decoder's third layer starts each call: at zero (the notebook's quirk), or from the state carried on. */
  topState: z.enum(['zero', 'carried']).default('zero'),
  learningRate: z.number().positive().max(1).default(1e-4),
  /** Sentence pairs a step. */
  batchSize: z.int().min(1).max(4096).default(32),
});
export type Hyperparameters = z.output<typeof Hyperparameters>;

export const defaultHyperparameters: Hyperparameters = Hyperparameters.parse({});

import { z } from 'zod';
import { Hyperparameters } from './hyperparameters.ts';

/** A trial that a person asks for, beside those of the sampler. */
export const TrialByHand = z.strictObject({
  hyperparameters: Hyperparameters,
  /** Without it one is derived from the sweep's seed and the trial's number. */
  seed: z
    .int()
    .min(0)
    .max(2 ** 31 - 1)
    .optional(),
});
export type TrialByHand = z.output<typeof TrialByHand>;

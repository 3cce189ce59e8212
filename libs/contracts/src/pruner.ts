/** Settings of pruners, which end weak trials early. */
import { z } from 'zod';
import { type Hyperparameters } from './hyperparameters.ts';

/** The unit of rungs: epochs trained, or target tokens trained on since the trial's start. */
export const resourceUnits = ['epochs', 'targetTokens'] as const;
export type ResourceUnit = (typeof resourceUnits)[number];

/** Settings that `pbt` may change in a running trial, since weights and optimiser state do not depend on them. */
export const perturbableParameters = [
  'learningRate',
  'dropout',
  'labelSmoothing',
  'clipNorm',
  'weightDecay',
  'subwordAlpha',
  'batchSize',
] as const satisfies readonly (keyof Hyperparameters)[];

const whole = (low: number, high: number) => {
  const error = `must be a whole number from ${low} to ${high}`;
  return z.int({ error }).min(low, { error }).max(high, { error });
};
const epochs = (low: number) => whole(low, 10_000);
const real = (error: string) => z.number({ error });

const allowing = (options: object) => ({
  error: ({ code, keys }: { readonly code?: string; readonly keys?: unknown }) =>
    code === 'unrecognized_keys' && Array.isArray(keys)
      ? `there is no option ${keys.join(', ')}; the options are ${Object.keys(options).join(', ')}`
      : undefined,
});

const rungs = {
  /** The lowest rung, in `unit`. */
  minResource: whole(1, Number.MAX_SAFE_INTEGER).default(1),
  /** One in this many trials continues at each rung; each rung is this many times the one below. */
  reductionFactor: whole(2, 100).default(3),
  unit: z.enum(resourceUnits, { error: `must be one of ${resourceUnits.join(', ')}` }).default('epochs'),
};

/** Every trial trains for all of its epochs. */
const none = { type: z.literal('none') };

/** Stops a trial whose perplexity is above the median of the others at the same epoch (Golovin et al. 2017). */
const median = {
  type: z.literal('median'),
  /** Number of other trials that must have reached an epoch before a trial may be stopped there. */
  startupTrials: whole(1, 10_000).default(5),
  /** Number of first epochs of a trial that are never judged. */
  graceEpochs: epochs(0).default(1),
  /** Epochs between judgements; the first epoch after the grace is judged. */
  interval: epochs(1).default(1),
};

/** Asynchronous successive halving (Li et al. 2020, arXiv 1810.05934). */
const asha = {
  type: z.literal('asha'),
  /** `stopping`: a trial ends at a rung or continues at once. `promotion`: it pauses there until it is among the best. */
  mode: z
    .enum(['stopping', 'promotion'], { error: 'must be one of stopping, promotion' })
    .default('stopping'),
  ...rungs,
  /** Number of first epochs in which no trial is stopped or paused. */
  graceEpochs: epochs(0).default(0),
};

/** Brackets of successive halving, from early to late pruning (Li et al. 2018, JMLR 18, algorithm 1). */
const hyperband = {
  type: z.literal('hyperband'),
  ...rungs,
  /** With `targetTokens`: the number that a trial trains on in all of its epochs. With `epochs`, the sweep's number is used. */
  maxTokens: whole(1, Number.MAX_SAFE_INTEGER).optional(),
};

/** Stops a trial that no longer improves. It is stored as `patience`, its name in version 0.1.0. */
const earlyStopping = {
  type: z.codec(z.enum(['early-stopping', 'patience']), z.literal('early-stopping'), {
    decode: () => 'early-stopping' as const,
    encode: () => 'patience' as const,
  }),
  /** Number of successive epochs without improvement after which a trial stops. */
  epochs: epochs(1).default(3),
  /** A perplexity is an improvement if it is below the best so far by more than this. */
  minDelta: real('must be a number of at least 0').min(0, 'must be a number of at least 0').default(0),
};

const quantileLimits = 'must be a share above 0 and at most 0.5';
const shrink = 'must be above 0 and below 1';
const grow = 'must be above 1 and at most 10';
const probability = 'must be a probability from 0 to 1';

/** Population based training (Jaderberg et al. 2017, arXiv 1711.09846). */
const pbt = {
  type: z.literal('pbt'),
  /** Epochs between comparisons of the population. */
  interval: epochs(1).default(2),
  /** Share of the worst trials, which copy one of the same share of the best. */
  quantile: real(quantileLimits).gt(0, quantileLimits).max(0.5, quantileLimits).default(0.25),
  /** A copied number is multiplied by one of these. */
  factors: z
    .tuple([real(shrink).gt(0, shrink).lt(1, shrink), real(grow).gt(1, grow).max(10, grow)], {
      error: 'must be two numbers, one above 0 and below 1 and one above 1 and at most 10',
    })
    .default([0.8, 1.2]),
  /** Probability that a copied setting is drawn from its range instead. */
  resampleProbability: real(probability).min(0, probability).max(1, probability).default(0.25),
};

/** A pruner: `type` is the method, the other keys are its options. */
export const PrunerSettings = z.discriminatedUnion(
  'type',
  [
    z.strictObject(none, allowing(none)),
    z.strictObject(median, allowing(median)),
    z.strictObject(asha, allowing(asha)),
    z
      .strictObject(hyperband, allowing(hyperband))
      .refine(({ unit, maxTokens }) => (unit === 'targetTokens') === (maxTokens !== undefined), {
        path: ['maxTokens'],
        error: 'must be given with unit targetTokens and left out with unit epochs',
      }),
    z.strictObject(earlyStopping, allowing(earlyStopping)),
    z.strictObject(pbt, allowing(pbt)),
  ],
  { error: 'needs a type: one of none, median, asha, hyperband, early-stopping, pbt' },
);
export type PrunerSettings = z.output<typeof PrunerSettings>;

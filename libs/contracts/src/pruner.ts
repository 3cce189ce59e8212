/** How a sweep gives up on its weak trials before they have had all of their epochs. */
import { z } from 'zod';
import { type Hyperparameters } from './hyperparameters.ts';

/** What a rung is counted in: epochs trained, or target tokens trained on since the trial's start. */
export const resourceUnits = ['epochs', 'targetTokens'] as const;
export type ResourceUnit = (typeof resourceUnits)[number];

/** What `pbt` may change of a trial under way: all that leaves its weights and the optimiser's state as they are. */
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
  /** Where the lowest rung is, in `unit`. */
  minResource: whole(1, Number.MAX_SAFE_INTEGER).default(1),
  /** One of so many trials goes on at each rung; each rung is so many times as far as the one below. */
  reductionFactor: whole(2, 100).default(3),
  unit: z.enum(resourceUnits, { error: `must be one of ${resourceUnits.join(', ')}` }).default('epochs'),
};

/** Every trial has all of its epochs. */
const none = { type: z.literal('none') };

/** Stops a trial whose perplexity is above the median of the others at the same epoch (Golovin et al. 2017). */
const median = {
  type: z.literal('median'),
  /** So many other trials have to have reached an epoch before a trial may be stopped there. */
  startupTrials: whole(1, 10_000).default(5),
  /** The first so many epochs of a trial are never judged. */
  graceEpochs: epochs(0).default(1),
  /** The first epoch after the grace is judged, and from there on every so many epochs. */
  interval: epochs(1).default(1),
};

/** Asynchronous successive halving (Li et al. 2020, arXiv 1810.05934). */
const asha = {
  type: z.literal('asha'),
  /** `stopping`: a trial ends at a rung or goes on at once. `promotion`: it pauses there until it is among the best. */
  mode: z
    .enum(['stopping', 'promotion'], { error: 'must be one of stopping, promotion' })
    .default('stopping'),
  ...rungs,
  /** No trial is stopped or paused in its first so many epochs. */
  graceEpochs: epochs(0).default(0),
};

/** Brackets of successive halving, from eager to patient (Li et al. 2018, JMLR 18, algorithm 1). */
const hyperband = {
  type: z.literal('hyperband'),
  ...rungs,
  /** With `targetTokens`: how many a trial trains on in all of its epochs. With `epochs` it is the sweep's. */
  maxTokens: whole(1, Number.MAX_SAFE_INTEGER).optional(),
};

/** Stops a trial that no longer improves on itself. Version 0.1.0 knows it as `patience`, so that is what is stored. */
const earlyStopping = {
  type: z.codec(z.enum(['early-stopping', 'patience']), z.literal('early-stopping'), {
    decode: () => 'early-stopping' as const,
    encode: () => 'patience' as const,
  }),
  /** A trial stops after so many epochs in a row without improvement. */
  epochs: epochs(1).default(3),
  /** How much lower than the best so far a perplexity must be to count as an improvement: by more than this. */
  minDelta: real('must be a number of at least 0').min(0, 'must be a number of at least 0').default(0),
};

const someQuantile = 'must be a share above 0 and at most 0.5';
const shrink = 'must be above 0 and below 1';
const grow = 'must be above 1 and at most 10';
const probability = 'must be a probability from 0 to 1';

/** Population based training (Jaderberg et al. 2017, arXiv 1711.09846). */
const pbt = {
  type: z.literal('pbt'),
  /** The population is compared every so many epochs. */
  interval: epochs(1).default(2),
  /** The share of trials at the bottom that copy one of the same share at the top. */
  quantile: real(someQuantile).gt(0, someQuantile).max(0.5, someQuantile).default(0.25),
  /** A copied number is multiplied by one of these two. */
  factors: z
    .tuple([real(shrink).gt(0, shrink).lt(1, shrink), real(grow).gt(1, grow).max(10, grow)], {
      error: 'must be two numbers, one above 0 and below 1 and one above 1 and at most 10',
    })
    .default([0.8, 1.2]),
  /** How likely a copied setting is drawn anew from its range instead. */
  resampleProbability: real(probability).min(0, probability).max(1, probability).default(0.25),
};

/** Which trials end before their time; `type` names the method, the rest are its options. */
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

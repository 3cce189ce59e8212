/** What a person submits: `sweep.yaml`. Types are inferred from these schemas, never written twice. */
import { z } from 'zod';
import { CorpusSource, DatasetSettings } from './dataset.ts';
import { Sha256 } from './digest.ts';
import { conditionIssues } from './conditions.ts';
import { defaultHyperparameters, type Hyperparameters } from './hyperparameters.ts';
import { SweepId } from './identifiers.ts';
import { PrunerSettings } from './pruner.ts';
import { TrialByHand } from './trial-by-hand.ts';

/** Names of the hyperparameters. */
export const parameterNames = z.enum(
  Object.keys(defaultHyperparameters) as [keyof Hyperparameters, ...(keyof Hyperparameters)[]],
);
/** How many there may be is checked where a sweep is submitted: stored ones may have more. */
const Value = z.union([z.number(), z.string(), z.boolean()]);
const values = z.array(Value);

/** Typed as any name, as the conditions of a space of other parameters are. */
const anyName: z.ZodType<string, string> = parameterNames;

/** The range is drawn only where each of these parameters has that value, or one of those values. */
const Condition = z.partialRecord(
  anyName,
  z.union([Value, values.min(1)], 'must be a value or a list of values'),
);
const conditional = { when: Condition.optional() };

/** One value drawn from a list, in the list's order for a grid. */
const Choice = z.strictObject({
  type: z.literal('choice'),
  values: values.min(1, 'the range is empty: give at least one value'),
  ...conditional,
});

const notEmpty = 'the range is empty: low must not exceed high';

/** A real number between low and high (both included), uniform or log-uniform, or in steps. */
const FloatRange = z
  .strictObject({
    type: z.literal('float'),
    low: z.number(),
    high: z.number(),
    log: z.boolean().default(false),
    step: z.number().positive().optional(),
    ...conditional,
  })
  .refine((range) => range.low <= range.high, notEmpty)
  .refine((range) => !range.log || range.low > 0, 'log needs low above 0')
  .refine((range) => !(range.log && range.step !== undefined), 'log and step cannot be combined');

/** A whole number between low and high (both included). */
const IntRange = z
  .strictObject({
    type: z.literal('int'),
    low: z.int(),
    high: z.int(),
    log: z.boolean().default(false),
    step: z.int().positive().default(1),
    ...conditional,
  })
  .refine((range) => range.low <= range.high, notEmpty)
  .refine((range) => !range.log || range.low > 0, 'log needs low above 0')
  .refine((range) => !(range.log && range.step !== 1), 'log and step cannot be combined');

/** A range that a sampler draws from. */
export const ParameterRange = z.discriminatedUnion('type', [Choice, FloatRange, IntRange]);
export type ParameterRange = z.output<typeof ParameterRange>;

/** A constant or a range. */
export const Parameter = z.union([Value, ParameterRange]);

/** A parameter for each hyperparameter; what is not named has the notebook's value. */
export const SearchSpace = z.partialRecord(parameterNames, Parameter).check(({ value: space, issues }) => {
  for (const { path, message } of conditionIssues(space))
    issues.push({ code: 'custom', input: space, path: [...path], message });
});
export type SearchSpace = z.output<typeof SearchSpace>;

export const samplerKinds = ['grid', 'random', 'sobol', 'tpe'] as const;

const mostTrials = 10_000;

/** Both change the bytes of a result, so they are part of it and never left to the machine's core count. */
export const RuntimeSettings = z.strictObject({
  threads: z.int().min(1).max(256).default(2),
  onednn: z.boolean().default(true),
});
export type RuntimeSettings = z.output<typeof RuntimeSettings>;

const settings = {
  name: z
    .string()
    .regex(
      /^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/,
      'use 1 to 40 of a-z, 0-9 and -, starting and ending with a letter or digit',
    ),
  dataset: DatasetSettings.prefault({}),
  parameters: SearchSpace.default({}),
  sampler: z.enum(samplerKinds).default('random'),
  /** Earlier sweeps on the same dataset whose results the sampler begins with. */
  warmStart: z.array(SweepId).max(20).default([]),
  /** Seeds the sampler and, with the trial's number, each trial. */
  seed: z
    .int()
    .min(0)
    .max(2 ** 31 - 1)
    .default(1),
  /** The most trials that the sampler is asked for; a grid may hold fewer. Without it a grid has all of its cells. */
  trials: z.int().min(0).max(mostTrials).optional(),
  /** Trials with settings that a person chose; they start before those of the sampler. */
  trialsByHand: z.array(TrialByHand).max(1_000).default([]),
  /** How many trials of this sweep may run at once. */
  concurrency: z.int().min(1).max(1_000).default(1),
  epochs: z.int().min(1).max(10_000).default(20),
  /** Ends weak trials early. */
  pruner: PrunerSettings.prefault({ type: 'none' }),
  /** Jobs of a higher priority go first; the running epochs of others are not stopped. */
  priority: z.int().min(0).max(9).default(5),
  /** Sweeps of one priority share the workers evenly between submitters. */
  submitter: z
    .string()
    .regex(/^[\w.@-]{1,64}$/, 'use 1 to 64 letters, digits and . @ _ -')
    .default('anyone'),
  /** Ends the sweep by itself when any of them is spent; what runs is finished to its epoch's end. */
  budget: z
    .strictObject({
      /** Of all trials together. */
      epochs: z.int().min(1).optional(),
      /** Since the dataset was there, in hours. */
      hours: z.number().positive().optional(),
      /** Training and evaluation of all trials together, in hours. */
      workerHours: z.number().positive().optional(),
    })
    .prefault({}),
  /** Which checkpoints are kept of each trial; records and translations always are. */
  retention: z
    .strictObject({
      /** The epochs with the lowest held-out perplexity. */
      best: z.int().min(1).max(10_000).default(1),
      /** The newest epochs. */
      last: z.int().min(1).max(10_000).default(1),
      /** Checkpoints of the whole sweep; those of the trials furthest from the best go first. */
      bytes: z.int().min(0).optional(),
    })
    .prefault({}),
  /** Told of the end of the sweep and of each trial by signed POST requests (see `WebhookMessage`). */
  webhook: z.url({ protocol: /^https?$/ }).optional(),
  runtime: RuntimeSettings.prefault({}),
};

/** The file a person writes; the CLI reads the corpus that it names and uploads it. */
export const SweepFile = z.strictObject({ ...settings, corpus: CorpusSource });
export type SweepFile = z.output<typeof SweepFile>;

const Submitted = z.strictObject({ ...settings, corpus: z.strictObject({ digest: Sha256 }) });
type Submitted = z.output<typeof Submitted>;
export type SweepSpec = Submitted & { readonly trials: number };

/** What the API takes and stores: the same, with the corpus already in the object store and the trials always told. */
export const SweepSpec = z.codec(Submitted, z.custom<SweepSpec>(), {
  decode: (submitted) => ({
    ...submitted,
    trials: submitted.trials ?? (submitted.sampler === 'grid' ? mostTrials : 1),
  }),
  encode: (spec) => spec,
});

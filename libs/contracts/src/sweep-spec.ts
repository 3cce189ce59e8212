/** The schema of a sweep: of the file `sweep.yaml`, and of what the API accepts and stores. */
import { z } from 'zod';
import { CorpusSource, DatasetSettings } from './dataset.ts';
import { DecodingSettings } from './decoding.ts';
import { Sha256 } from './digest.ts';
import { conditionIssues } from './conditions.ts';
import { Hyperparameters } from './hyperparameters.ts';
import { SweepId } from './identifiers.ts';
import { PrunerSettings } from './pruner.ts';
import { StartSource } from './start.ts';

/** The names of all hyperparameters. */
export const parameterNames = z.enum(
  Object.keys(Hyperparameters.shape) as [keyof Hyperparameters, ...(keyof Hyperparameters)[]],
);
const Value = z.union([z.number(), z.string(), z.boolean()]);
/** The number of values is checked when a sweep is submitted, not here: stored sweeps may have more. */
const values = z.array(Value);

/** Typed as a string, since conditions are also used for spaces of other parameters. */
const anyName: z.ZodType<string, string> = parameterNames;

/** The range applies only if each of these parameters has the given value, or one of the given values. */
const Condition = z.partialRecord(anyName, z.union([Value, values.min(1)]));
const conditional = { when: Condition.optional() };

/** One value of a list; a grid takes them in the list's order. */
const Choice = z.strictObject({
  type: z.literal('choice'),
  values: values.min(1, 'the range is empty: give at least one value'),
  ...conditional,
});

const notEmpty = 'the range is empty: low must not exceed high';

/** A real number from low to high (both inclusive), uniform or log-uniform, or in steps. */
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

/** A whole number from low to high (both inclusive). */
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

/** A constant or a range for each hyperparameter; those not listed have the notebook's value. */
export const SearchSpace = z.partialRecord(parameterNames, Parameter).check(({ value: space, issues }) => {
  for (const { path, message } of conditionIssues(space))
    issues.push({ code: 'custom', input: space, path: [...path], message });
});
export type SearchSpace = z.output<typeof SearchSpace>;

export const samplerKinds = ['grid', 'random', 'sobol', 'tpe'] as const;

const maxTrials = 10_000;

export const kernelChoices = ['tensorflow', 'native'] as const;
/** Of what native kernels multiply; they sum in float32. */
export const precisions = ['float32', 'bfloat16'] as const;
export type Precision = (typeof precisions)[number];
/** `auto`: the faster one on the worker that trains a trial's first epoch; the trial keeps it. */
const precisionChoices = [...precisions, 'auto'] as const;
/** Of a stored sweep that names none. */
export const defaultKernels = 'tensorflow';
export const defaultPrecision = 'float32';

/** They change floating-point results, so they are settings of the sweep, and none but `auto` depends on the machine. */
export const RuntimeSettings = runtimeSettings(precisionChoices);
export type RuntimeSettings = z.output<typeof RuntimeSettings>;

/** Those that a trial was trained with, in which `auto` has become what it came to. */
export const TrainedRuntime = runtimeSettings(precisions);
export type TrainedRuntime = z.output<typeof TrainedRuntime>;

function runtimeSettings<const Choices extends readonly (typeof precisionChoices)[number][]>(
  choices: Choices,
) {
  return z
    .strictObject({
      /** Native kernels give the same bytes for any number. */
      threads: z.int().min(1).max(256).default(2),
      onednn: z.boolean().default(true),
      /**
       * `native`: our own kernels in place of TensorFlow's, on CPUs alone. A stored sweep without it uses TensorFlow's,
       * as version 0.1.0 did; a submitted one gets `native` (see `storedRuntime`).
       */
      kernels: z.enum(kernelChoices).optional(),
      /** Absent is `float32`. */
      precision: z.enum(choices).optional(),
    })
    .refine(
      ({ kernels, precision = defaultPrecision }) =>
        kernels !== 'tensorflow' || precision === defaultPrecision,
      {
        path: ['precision'],
        message: 'bfloat16 and auto need native kernels',
      },
    );
}

/**
 * The settings that are stored for what a person submits: native kernels unless TensorFlow's are asked for. TensorFlow's
 * and float32 are stored as the absence of the setting, which every version understands.
 */
export function storedRuntime({
  kernels = 'native',
  precision = defaultPrecision,
  ...runtime
}: RuntimeSettings): RuntimeSettings {
  return {
    ...runtime,
    ...(kernels === defaultKernels ? {} : { kernels }),
    ...(precision === defaultPrecision ? {} : { precision }),
  };
}

/** The settings of a stored sweep as they are submitted again: kernels that are absent are named. */
export function submittedRuntime({ kernels = defaultKernels, ...runtime }: RuntimeSettings): RuntimeSettings {
  return { ...runtime, kernels };
}

/** A trial with given settings, besides those of the sampler; `withConstants` completes what people write. */
export const TrialByHand = z.strictObject({
  hyperparameters: Hyperparameters,
  /** By default derived from the sweep's seed and the trial's number. */
  seed: z
    .int()
    .min(0)
    .max(2 ** 31 - 1)
    .optional(),
});
export type TrialByHand = z.output<typeof TrialByHand>;

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
  /** Earlier sweeps on the same dataset whose results the sampler starts from. */
  warmStart: z.array(SweepId).max(20).default([]),
  /** Seed of the sampler and, combined with the trial's number, of each trial. */
  seed: z
    .int()
    .min(0)
    .max(2 ** 31 - 1)
    .default(1),
  /** Maximum number of trials of the sampler; a grid may have fewer cells. By default a grid has all of its cells. */
  trials: z.int().min(0).max(maxTrials).optional(),
  /** Trials with given settings, which start before those of the sampler. */
  trialsByHand: z.array(TrialByHand).max(1_000).default([]),
  /** Number of trials of this sweep that may run at the same time. */
  concurrency: z.int().min(1).max(1_000).default(1),
  epochs: z.int().min(1).max(10_000).default(20),
  /** Ends weak trials early. */
  pruner: PrunerSettings.prefault({ type: 'none' }),
  /** Jobs of a higher priority start first; running epochs of other sweeps are not interrupted. */
  priority: z.int().min(0).max(9).default(5),
  /** Sweeps of the same priority share the workers fairly between submitters. */
  submitter: z
    .string()
    .regex(/^[\w.@-]{1,64}$/, 'use 1 to 64 letters, digits and . @ _ -')
    .default('anyone'),
  /** The sweep ends when any of these is spent; running epochs are finished. */
  budget: z
    .strictObject({
      /** Epochs of all trials in total. */
      epochs: z.int().min(1).optional(),
      /** Hours since the dataset was ready. */
      hours: z.number().positive().optional(),
      /** Hours of training and evaluation, summed over all trials. */
      workerHours: z.number().positive().optional(),
    })
    .prefault({}),
  /** The checkpoints of each trial that are kept; records and translations are always kept. */
  retention: z
    .strictObject({
      /** Number of epochs with the lowest held-out perplexity. */
      best: z.int().min(1).max(10_000).default(1),
      /** Number of newest epochs. */
      last: z.int().min(1).max(10_000).default(1),
      /** Size of the whole sweep's checkpoints; those of the worst trials are removed first. */
      bytes: z.int().min(0).optional(),
    })
    .prefault({}),
  /** Receives a signed POST request when a trial or the sweep ends (see `WebhookMessage`). */
  webhook: z.url({ protocol: /^https?$/ }).optional(),
  runtime: RuntimeSettings.prefault({}),
  /**
   * How the translations of an epoch are scored; perplexity is always of the whole held-out set. Absent, as in every
   * sweep of version 0.1.0: those of its first 2,000 pairs, and no others at the end.
   */
  evaluation: z
    .strictObject({
      /**
       * After each epoch, those of so many pairs, evenly spread over the held-out set; at the end of the sweep, those
       * of the whole set by the best epoch.
       */
      sentences: z.int().min(1),
    })
    .optional(),
  /** A stored sweep without it decodes greedily up to 100 tokens; a submitted one gets the defaults (see `storedDecoding`). */
  decoding: DecodingSettings.optional(),
};

/** The file `sweep.yaml`; the CLI reads the corpus and the start that it names and uploads them. */
export const SweepFile = z.strictObject({ ...settings, corpus: CorpusSource, start: StartSource.optional() });
export type SweepFile = z.output<typeof SweepFile>;

const Submitted = z.strictObject({
  ...settings,
  corpus: z.strictObject({ digest: Sha256 }),
  /** The stored model that trials start from; without it they start from initial weights. See `settingsFromStart`. */
  start: z.strictObject({ digest: Sha256 }).optional(),
});
type Submitted = z.output<typeof Submitted>;
export type SweepSpec = Submitted & { readonly trials: number };

/** A sweep that the API accepts and stores: its corpus is in the object store already, and `trials` is always set. */
export const SweepSpec = z.codec(Submitted, z.custom<SweepSpec>(), {
  decode: (submitted) => ({
    ...submitted,
    trials: submitted.trials ?? (submitted.sampler === 'grid' ? maxTrials : 1),
  }),
  encode: (spec) => spec,
});

import { z } from 'zod';

const share = z.number().min(0).lt(1);

const networkKinds = ['recurrent'] as const;
export type NetworkKind = (typeof networkKinds)[number];

/** The kind of network that a trial trains. */
export const NetworkChoice = z.strictObject({ kind: z.enum(networkKinds) });

/** The kind of network of records without one, such as those of version 0.1.0; records of this kind still omit it. */
export const defaultNetworkKind: NetworkKind = 'recurrent';

/** The settings of the recurrent network; the defaults are the notebook's. */
const recurrent = {
  embeddingSize: z.int().min(1).max(8192).default(512),
  hiddenSize: z.int().min(1).max(8192).default(512),
  /** Number of recurrent layers in the encoder, and in the decoder. */
  layers: z.int().min(1).max(6).default(3),
  cell: z.enum(['lstm', 'gru']).default('lstm'),
  /** Adds each layer's input to its output. */
  residual: z.boolean().default(true),
  /** The encoder reads in both directions, with half of the hidden units for each. */
  bidirectional: z.boolean().default(false),
  /** The decoder attends to the encoder's outputs (Luong et al. 2015). */
  attention: z.enum(['none', 'dot', 'general']).default('none'),
  /** The attention's output is part of the decoder's next input; training then proceeds token by token. */
  inputFeeding: z.boolean().default(false),
  /** The decoder's embedding is also its output layer. */
  tiedEmbeddings: z.boolean().default(false),
  /** Initial state of the decoder's last layer at each call: zero (the notebook's quirk) or the state of the last call. */
  topState: z.enum(['zero', 'carried']).default('zero'),
};

/** The settings of training. */
const training = {
  dropout: share.default(0.2),
  learningRate: z.number().positive().max(1).default(1e-4),
  /** Sentence pairs per batch. */
  batchSize: z.int().min(1).max(4096).default(32),
  /** `plain`: pairs in shuffled order, without the last short batch; `length`: pairs of similar length together. */
  batching: z.enum(['plain', 'length']).default('plain'),
  /** With `length`: target positions per batch, including padding, instead of `batchSize`; 0 is off. */
  batchTokens: z.int().min(0).max(1_000_000).default(0),
  /** Batches per update. */
  accumulation: z.int().min(1).max(256).default(1),
  /** Share of each target token's probability that is spread over the vocabulary. */
  labelSmoothing: share.default(0),
  /** Gradients are scaled down to this global norm; 0 is off. */
  clipNorm: z.number().min(0).default(0),
  /** Weight decay of AdamW, decoupled from the gradient; 0 is Adam. */
  weightDecay: z.number().min(0).max(1).default(0),
  /** `plateau` halves the rate after an epoch without improvement and continues from the best epoch's weights. */
  schedule: z.enum(['constant', 'inverse-sqrt', 'cosine', 'plateau']).default('constant'),
  /** Number of updates during which the rate rises from zero, with any schedule. */
  warmupSteps: z.int().min(0).max(1_000_000).default(0),
  /** Epochs without improvement after which a trial ends; 0 is off. */
  patience: z.int().min(0).max(10_000).default(0),
  /** Decay of an exponential moving average of the weights, which is then evaluated and kept; 0 is off. */
  averageDecay: share.default(0),
  /** Number of the trial's best epochs whose mean weights are evaluated and kept; 1 means the epoch's own weights. */
  averageBest: z.int().min(1).max(50).default(1),
  /** Exponent of subword regularisation (Kudo 2018), which segments differently in each epoch; 0 is off. */
  subwordAlpha: z.number().min(0).max(10).default(0),
};

const settings = z.strictObject({ ...recurrent, ...training });
type Setting = string | number | boolean;
type Name = keyof typeof settings.shape;

/** A constraint on several hyperparameters. */
export interface CombinationRule {
  /** The hyperparameter that depends on others. */
  readonly name: Name;
  readonly others: readonly Name[];
  /** @param values of all hyperparameters, each allowed by itself */
  readonly holds: (values: Readonly<Record<string, Setting>>) => boolean;
  readonly message: (values: Readonly<Record<string, Setting>>) => string;
}

export const combinationRules: readonly CombinationRule[] = [
  {
    name: 'inputFeeding',
    others: ['attention'],
    holds: ({ inputFeeding, attention }) => !inputFeeding || attention !== 'none',
    message: () => 'there is no attention to feed: set attention to dot or general',
  },
  {
    name: 'tiedEmbeddings',
    others: ['embeddingSize', 'hiddenSize'],
    holds: ({ tiedEmbeddings, embeddingSize, hiddenSize }) => !tiedEmbeddings || embeddingSize === hiddenSize,
    message: ({ hiddenSize }) => `needs embeddingSize equal to hiddenSize, which is ${hiddenSize}`,
  },
  {
    name: 'bidirectional',
    others: ['hiddenSize'],
    holds: ({ bidirectional, hiddenSize }) => !bidirectional || Number(hiddenSize) % 2 === 0,
    message: ({ hiddenSize }) => `needs an even hiddenSize, not ${hiddenSize}`,
  },
  {
    name: 'layers',
    others: ['topState', 'attention'],
    holds: ({ layers, topState, attention }) => layers !== 1 || topState !== 'zero' || attention !== 'none',
    message: () => 'with one layer, topState zero and no attention the decoder learns nothing of the source',
  },
  {
    name: 'batchTokens',
    others: ['batching'],
    holds: ({ batchTokens, batching }) => batchTokens === 0 || batching !== 'plain',
    message: () => 'needs batching by length',
  },
];

/** The settings of a network and its training. */
export const Hyperparameters = settings.check(({ value, issues }) => {
  for (const { name, holds, message } of combinationRules)
    if (!holds(value))
      issues.push({ code: 'custom', input: value[name], path: [name], message: message(value) });
});
export type Hyperparameters = z.output<typeof Hyperparameters>;

/** The hyperparameters of the recurrent network itself. */
export type RecurrentSettings = Pick<Hyperparameters, keyof typeof recurrent>;

export const defaultHyperparameters: Hyperparameters = Hyperparameters.parse({});

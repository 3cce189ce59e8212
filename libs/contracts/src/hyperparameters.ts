import { z } from 'zod';

const share = z.number().min(0).lt(1);

export const networkKinds = ['recurrent', 'transformer'] as const;
/** `encoder` with all that it reads: in a Transformer also the one embedding matrix, which is the output layer too. */
export const frozenParts = ['none', 'embeddings', 'encoder'] as const;
export type NetworkKind = (typeof networkKinds)[number];

/** Of the encoder's and the decoder's layers; the width of the Transformer, its embeddings included. */
const hiddenSize = z.int().min(1).max(8192).default(512);

/** The settings of the recurrent network; the defaults are the notebook's. */
const recurrent = {
  embeddingSize: z.int().min(1).max(8192).default(512),
  hiddenSize,
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

const laterRecurrent = {
  /**
   * Standard deviation of the normal distribution that embeddings are initialized from; 1 is PyTorch's. A decoder's
   * embedding that is its output layer too is initialized as that.
   */
  embeddingStd: z.number().min(0.001).max(1).exactOptional(),
};

const layers = z.int().min(1).max(24);

/**
 * The settings of the Transformer, which is Marian's (Junczys-Dowmunt et al. 2018) as OPUS-MT has it. Version 0.1.0
 * refuses them, so they are absent where they act on nothing: see `stored`.
 */
const transformer = {
  encoderLayers: layers.exactOptional(),
  /** A decoder of few layers translates faster, and hardly worse (Kasai et al. 2021). */
  decoderLayers: layers.exactOptional(),
  /** They share `hiddenSize` between them. */
  heads: z.int().min(1).max(128).exactOptional(),
  feedForwardSize: z.int().min(1).max(32_768).exactOptional(),
  /** Between the two products of each feed-forward part. */
  activation: z.enum(['swish', 'relu', 'gelu']).exactOptional(),
  /** Dropout of the attention's shares. */
  attentionDropout: share.exactOptional(),
  /** Dropout of what the activation gives. */
  activationDropout: share.exactOptional(),
  /** Probability that a layer is skipped for a whole batch (LayerDrop, Fan et al. 2020). */
  layerDropout: share.exactOptional(),
};

/** Settings since version 0.2.0. */
const later = {
  network: z.enum(networkKinds).exactOptional(),
  ...transformer,
  ...laterRecurrent,
  /** Share of the source's and the target's tokens whose embeddings are zeroed (Sennrich et al. 2016), in either network. */
  wordDropout: share.exactOptional(),
  /** Parameters that keep their first values, those of `start` above all. */
  freeze: z.enum(frozenParts).exactOptional(),
};

/** What the absence of a setting stands for. */
const laterDefaults = {
  network: 'recurrent',
  embeddingStd: 1,
  encoderLayers: 4,
  decoderLayers: 2,
  heads: 8,
  feedForwardSize: 2048,
  activation: 'swish',
  attentionDropout: 0,
  activationDropout: 0,
  layerDropout: 0,
  wordDropout: 0,
  freeze: 'none',
} as const satisfies Required<z.output<z.ZodObject<typeof later>>>;

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

const settings = z.strictObject({ ...recurrent, ...training, ...later });
type Settings = z.output<typeof settings>;
type Name = keyof Settings;
type Setting = string | number | boolean;

function namesOf<Group extends object>(group: Group): (keyof Group)[] {
  return Object.keys(group).filter((name): name is keyof Group & string => name in group);
}
const laterNames = namesOf(later);

/** The hyperparameters of a trial, those too that it omits. */
export type AllHyperparameters = Required<Settings>;

export function withDefaults(hyperparameters: Settings): AllHyperparameters {
  // One literal with two spreads takes V8 fifty times as long, which counts over the trials of a large sweep.
  return Object.assign({ ...hyperparameters }, laterDefaults, hyperparameters);
}

/**
 * How hyperparameters are stored: those of a Transformer all, those of a recurrent network without the later ones that
 * are at their defaults, as every version reads them.
 */
function stored(hyperparameters: Settings): Settings {
  if (hyperparameters.network === 'transformer') return withDefaults(hyperparameters);
  const defaults: Readonly<Record<string, Setting>> = laterDefaults;
  const omitted = laterNames.filter((name) => hyperparameters[name] === defaults[name]);
  if (omitted.length === 0) return hyperparameters;
  const kept = { ...hyperparameters };
  for (const name of omitted) delete kept[name];
  return kept;
}

/** A constraint on several hyperparameters. */
export interface CombinationRule {
  /** The hyperparameter that depends on others. */
  readonly name: Name;
  readonly others: readonly Name[];
  /** @param values of these hyperparameters at least, each allowed by itself */
  readonly holds: (values: Readonly<Record<string, Setting>>) => boolean;
  readonly message: (values: Readonly<Record<string, Setting>>) => string;
}

export const combinationRules: readonly CombinationRule[] = [
  ofNetwork('recurrent', {
    name: 'inputFeeding',
    others: ['attention'],
    holds: ({ inputFeeding, attention }) => !inputFeeding || attention !== 'none',
    message: () => 'there is no attention to feed: set attention to dot or general',
  }),
  ofNetwork('recurrent', {
    name: 'tiedEmbeddings',
    others: ['embeddingSize', 'hiddenSize'],
    holds: ({ tiedEmbeddings, embeddingSize, hiddenSize }) => !tiedEmbeddings || embeddingSize === hiddenSize,
    message: ({ hiddenSize }) => `needs embeddingSize equal to hiddenSize, which is ${hiddenSize}`,
  }),
  ofNetwork('recurrent', {
    name: 'bidirectional',
    others: ['hiddenSize'],
    holds: ({ bidirectional, hiddenSize }) => !bidirectional || Number(hiddenSize) % 2 === 0,
    message: ({ hiddenSize }) => `needs an even hiddenSize, not ${hiddenSize}`,
  }),
  ofNetwork('recurrent', {
    name: 'layers',
    others: ['topState', 'attention'],
    holds: ({ layers, topState, attention }) => layers !== 1 || topState !== 'zero' || attention !== 'none',
    message: () => 'with one layer, topState zero and no attention the decoder learns nothing of the source',
  }),
  ofNetwork('transformer', {
    name: 'heads',
    others: ['hiddenSize'],
    holds: ({ heads, hiddenSize }) => Number(hiddenSize) % Number(heads) === 0,
    message: ({ heads, hiddenSize }) =>
      `${heads} do not divide hiddenSize, which is ${hiddenSize}: each has an equal part of it`,
  }),
  {
    name: 'batchTokens',
    others: ['batching'],
    holds: ({ batchTokens, batching }) => batchTokens === 0 || batching !== 'plain',
    message: () => 'needs batching by length',
  },
];

/** A constraint on the settings of one kind of network. */
function ofNetwork(kind: NetworkKind, rule: CombinationRule): CombinationRule {
  return {
    ...rule,
    others: [...rule.others, 'network'],
    holds: (values) => values['network'] !== kind || rule.holds(values),
  };
}

const ruledNames = [...new Set(combinationRules.flatMap(({ name, others }) => [name, ...others]))];

/** The values that rules ask for: with all, a thousand trials by hand would take ten times as long to check. */
function ruledOf(hyperparameters: Settings): Readonly<Record<string, Setting>> {
  const defaults: Readonly<Partial<Record<Name, Setting>>> = laterDefaults;
  const ruled: Record<string, Setting> = {};
  for (const name of ruledNames) {
    const value = hyperparameters[name] ?? defaults[name];
    if (value !== undefined) ruled[name] = value;
  }
  return ruled;
}

/** The settings of a network and its training. */
export const Hyperparameters = settings.overwrite(stored).check(({ value, issues }) => {
  const ruled = ruledOf(value);
  for (const { name, holds, message } of combinationRules)
    if (!holds(ruled))
      issues.push({ code: 'custom', input: value[name], path: [name], message: message(ruled) });
});
export type Hyperparameters = z.output<typeof Hyperparameters>;

/** The hyperparameters of each network itself. */
export type RecurrentSettings = Pick<
  AllHyperparameters,
  keyof typeof recurrent | keyof typeof laterRecurrent
>;
export type TransformerSettings = Pick<
  AllHyperparameters,
  Exclude<keyof typeof transformer, `${string}Dropout`> | 'hiddenSize'
>;

/** Those that act on one kind of network alone. */
export const settingsOfNetwork: Readonly<Record<NetworkKind, readonly Name[]>> = {
  recurrent: [...namesOf(recurrent).filter((name) => name !== 'hiddenSize'), ...namesOf(laterRecurrent)],
  transformer: namesOf(transformer),
};

export const defaultHyperparameters: Hyperparameters = Hyperparameters.parse({});

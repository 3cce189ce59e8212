/** The networks that are measured, with their way of training and their data. */
import { type DatasetSettings, defaultHyperparameters, type Hyperparameters } from '@honyaku/contracts';
import { type TrainBatchOptions } from '@honyaku/data';

const order = { seed: 1, epoch: 1, batchTokens: 0, accumulation: 1 } as const;

/** The batches of one epoch over the 16,000 training pairs, by their way of batching. */
export const batchings = {
  /** The reference's: shuffled pairs, cut by 32. */
  plain: { batching: 'plain', batchSize: 32, ...order },
  /** Those of presets/notebook-by-length.yaml, which comes to the reference's perplexity after as many epochs. */
  length: { batching: 'length', batchSize: 128, ...order },
  /** Those of the small network. */
  small: { batching: 'length', batchSize: 64, ...order },
} as const satisfies Record<string, TrainBatchOptions>;
export type Batching = keyof typeof batchings;

export interface BenchNetwork {
  readonly hyperparameters: Hyperparameters;
  /** Pieces of each side; a side has one for each of its characters at least. */
  readonly vocabularySize: { readonly source: number; readonly target: number };
  readonly vocabulary?: DatasetSettings['vocabulary'];
  readonly batching: Batching;
}

/** What a Transformer's rows share: rates as OPUS-MT's networks have them. */
const transformer = {
  ...defaultHyperparameters,
  network: 'transformer',
  activation: 'swish',
  dropout: 0.1,
  labelSmoothing: 0.1,
  clipNorm: 1,
} as const satisfies Hyperparameters;

export const networks = {
  /** The notebook's. */
  notebook: {
    hyperparameters: { ...defaultHyperparameters, embeddingSize: 512, hiddenSize: 512 },
    vocabularySize: { source: 8000, target: 8000 },
    batching: 'plain',
  },
  /** What people train on a CPU: one layer that reads both ways, attention, smoothing and clipping. */
  small: {
    hyperparameters: {
      ...defaultHyperparameters,
      embeddingSize: 256,
      hiddenSize: 256,
      layers: 1,
      residual: false,
      bidirectional: true,
      attention: 'general',
      topState: 'carried',
      labelSmoothing: 0.1,
      clipNorm: 1,
    },
    vocabularySize: { source: 2500, target: 2000 },
    batching: 'small',
  },
  /** A joint vocabulary of 8,000. */
  transformer: {
    hyperparameters: {
      ...transformer,
      ...{ hiddenSize: 256, encoderLayers: 4, decoderLayers: 2, heads: 8, feedForwardSize: 1024 },
    },
    vocabularySize: { source: 4500, target: 3600 },
    vocabulary: 'joint',
    batching: 'small',
  },
  /** A joint vocabulary of 3,000. */
  'transformer-small': {
    hyperparameters: {
      ...transformer,
      ...{ hiddenSize: 192, encoderLayers: 3, decoderLayers: 1, heads: 6, feedForwardSize: 512 },
    },
    vocabularySize: { source: 2500, target: 560 },
    vocabulary: 'joint',
    batching: 'small',
  },
} as const satisfies Record<NetworkName, BenchNetwork>;
export const networkNames = ['notebook', 'small', 'transformer', 'transformer-small'] as const;
export type NetworkName = (typeof networkNames)[number];

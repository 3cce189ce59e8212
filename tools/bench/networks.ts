/** The networks that are measured, with their way of training and their data. */
import { defaultHyperparameters, type Hyperparameters } from '@honyaku/contracts';
import { type TrainBatchOptions } from '@honyaku/data';
import { type BatchCounts } from './bench-dataset.ts';

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
  readonly batching: Batching;
}

/**
 * Floating-point operations of a train step: those of its products, twice as many backward as forward, over the tokens
 * that count. What an embedding, a gate or a softmax costs is left out.
 */
export function operationsOf(
  { hyperparameters, vocabularySize }: BenchNetwork,
  { sourceTokens, targetTokens, sourcePositions }: BatchCounts,
  sentences: number,
): number {
  const { embeddingSize, hiddenSize, layers, residual, bidirectional, attention, topState } = hyperparameters;
  const lstm = (input: number, hidden: number) => 4 * hidden * (input + hidden);
  const stack = (depth: number, bothWays: boolean) => {
    const layer = (input: number) => (bothWays ? 2 * lstm(input, hiddenSize / 2) : lstm(input, hiddenSize));
    const skip = residual ? embeddingSize * hiddenSize : 0;
    return skip + layer(embeddingSize) + (depth - 1) * layer(hiddenSize);
  };
  const encoderLayers = attention === 'none' && topState === 'zero' ? layers - 1 : layers;
  const sourceLength = sourcePositions / sentences;
  const toSource = attention === 'none' ? 0 : 2 * hiddenSize * hiddenSize + 2 * sourceLength * hiddenSize;
  const score = attention === 'general' ? hiddenSize * hiddenSize : 0;
  const forward =
    sourceTokens * stack(encoderLayers, bidirectional) +
    targetTokens * (stack(layers, false) + toSource + score + hiddenSize * vocabularySize.target);
  return 2 * 3 * forward;
}

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
} as const satisfies Record<string, BenchNetwork>;
export type NetworkName = keyof typeof networks;

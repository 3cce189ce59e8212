/** How much arithmetic a train step is. */
import { withDefaults } from '@honyaku/contracts';
import type { BatchCounts, BenchDataset } from './bench-dataset.ts';
import type { BenchNetwork } from './networks.ts';

/**
 * Floating-point operations of a train step: those of its products, twice as many backward as forward, over the tokens
 * that count. What an embedding, a gate or a softmax costs is left out.
 */
export function operationsOf(
  network: BenchNetwork,
  vocabulary: BenchDataset['vocabularySize'],
  counts: BatchCounts,
  sentences: number,
): number {
  const isTransformer = network.hyperparameters.network === 'transformer';
  const forward = isTransformer
    ? transformerForward(network, vocabulary, counts)
    : recurrentForward(network, counts, sentences);
  return 2 * 3 * forward;
}

/** Without attention's own products, which are a fiftieth. */
function transformerForward(
  { hyperparameters }: BenchNetwork,
  vocabulary: BenchDataset['vocabularySize'],
  { sourceTokens, targetTokens }: BatchCounts,
): number {
  const { hiddenSize, feedForwardSize, encoderLayers, decoderLayers } = withDefaults(hyperparameters);
  const projection = hiddenSize * hiddenSize;
  const feedForward = 2 * hiddenSize * feedForwardSize;
  const ofSource = encoderLayers * (4 * projection + feedForward) + decoderLayers * 2 * projection;
  const ofTarget = decoderLayers * (6 * projection + feedForward) + hiddenSize * vocabulary.target;
  return sourceTokens * ofSource + targetTokens * ofTarget;
}

function recurrentForward(
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
  return (
    sourceTokens * stack(encoderLayers, bidirectional) +
    targetTokens * (stack(layers, false) + toSource + score + hiddenSize * vocabularySize.target)
  );
}

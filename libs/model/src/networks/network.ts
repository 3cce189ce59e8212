/** The interface of all kinds of networks towards training and decoding, and its assembly from a kind's parts. */
import type { Batch } from '@honyaku/contracts';
import { type Decoding, DecodingRows, type StepwiseDecoder } from './decoding-rows.ts';
import type { Tensor } from '@honyaku/kernels/tensorflow';
import type { Dropout } from '../kernels/random.ts';
import { repeatedLinear } from './linear.ts';
import type { ParameterSpec, Weights } from './parameter.ts';
import { type ForwardPass, type HiddenStates, type OutputLayer, scoreTargets } from './scores.ts';

/** Tokens of each language's vocabulary. */
export interface VocabularySize {
  readonly source: number;
  readonly target: number;
}

interface NetworkTraits {
  readonly vocabularySize: VocabularySize;
  /** In the order of a checkpoint. */
  readonly parameters: readonly ParameterSpec[];
  readonly output: OutputLayer;
  /** Layers of the decoder whose attention decoding steps report. */
  readonly attentionLayers: number;
  /** Tokens that no translation has; what probability they get isn't spread over the others. */
  readonly neverGenerated: readonly number[];
  /** Whether `forward` scores a target's tokens as decoding would; else they have to be decoded to be scored so. */
  readonly scoresAsItDecodes: boolean;
}

/** An encoder and a decoder without their weights, which each call takes. */
export interface Network extends NetworkTraits {
  readonly hasAttention: boolean;
  /** Scores of the batch's target tokens, each after those before it, with the way back. */
  readonly forward: (batch: Batch, weights: Weights, dropout?: Dropout) => ForwardPass;
  /** @param sources at least one, each with its eos; the caller disposes what is returned */
  readonly startDecoding: (sources: readonly (readonly number[])[], weights: Weights) => Decoding;
}

/** The parts that a kind of network provides. */
export interface NetworkParts<State, Memory> extends NetworkTraits {
  readonly hiddenStates: (batch: Batch, weights: Weights, dropout: Dropout | undefined) => HiddenStates;
  readonly decoder: StepwiseDecoder<State, Memory>;
  /** Logits in the order of token ids; by default those of the output layer. */
  readonly decodingScores?: (hidden: Tensor, weights: Weights) => Tensor;
}

export function assembleNetwork<State, Memory>({
  hiddenStates,
  decoder,
  decodingScores = (hidden, weights) => repeatedLinear(hidden, traits.output, weights),
  ...traits
}: NetworkParts<State, Memory>): Network {
  const { output, attentionLayers } = traits;
  return {
    ...traits,
    hasAttention: attentionLayers > 0,
    forward: (batch, weights, dropout) =>
      scoreTargets(batch, hiddenStates(batch, weights, dropout), output, weights),
    startDecoding: (sources, weights) =>
      new DecodingRows(sources, decoder, weights, (hidden) => decodingScores(hidden, weights)),
  };
}

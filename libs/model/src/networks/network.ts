/** The interface of all kinds of networks towards training and decoding, and its assembly from a kind's parts. */
import type { Batch } from '@honyaku/contracts';
import { type Decoding, DecodingRows, type StepwiseDecoder } from './decoding-rows.ts';
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
  /** Whether decoding steps report attention. */
  readonly hasAttention: boolean;
  /** Whether `forward` scores a target's tokens as decoding would; else they have to be decoded to be scored so. */
  readonly scoresAsItDecodes: boolean;
}

/** An encoder and a decoder without their weights, which each call takes. */
export interface Network extends NetworkTraits {
  /** Scores of the batch's target tokens, each after those before it, with the way back. */
  readonly forward: (batch: Batch, weights: Weights, dropout?: Dropout) => ForwardPass;
  /** @param sources at least one, each with its eos; the caller disposes what is returned */
  readonly startDecoding: (sources: readonly (readonly number[])[], weights: Weights) => Decoding;
}

/** The parts that a kind of network provides. */
export interface NetworkParts<State, Memory> extends NetworkTraits {
  readonly hiddenStates: (batch: Batch, weights: Weights, dropout: Dropout | undefined) => HiddenStates;
  readonly decoder: StepwiseDecoder<State, Memory>;
}

export function assembleNetwork<State, Memory>({
  hiddenStates,
  decoder,
  ...traits
}: NetworkParts<State, Memory>): Network {
  const { output } = traits;
  return {
    ...traits,
    forward: (batch, weights, dropout) =>
      scoreTargets(batch, hiddenStates(batch, weights, dropout), output, weights),
    startDecoding: (sources, weights) =>
      new DecodingRows(sources, decoder, weights, (hidden) => repeatedLinear(hidden, output, weights)),
  };
}

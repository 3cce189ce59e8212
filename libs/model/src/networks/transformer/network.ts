/**
 * Marian's Transformer (Vaswani et al. 2017; Junczys-Dowmunt et al. 2018) as OPUS-MT publishes it and Hugging Face's
 * MarianMTModel computes it: post-norm, sinusoidal positions, one embedding matrix for both sides and the output.
 */
import { type Batch, InvalidInput, specialTokens, type TransformerSettings } from '@honyaku/contracts';
import type { Tensor } from '@honyaku/kernels/tensorflow';
import { isNative } from '../../kernels/choice.ts';
import type { Dropout } from '../../kernels/random.ts';
import type { StepwiseDecoder } from '../decoding-rows.ts';
import type { Gradients } from '../gradients.ts';
import { assembleNetwork, type Network, type VocabularySize } from '../network.ts';
import { lengthsOf, packBySentence, packIds, type Rectangle, sourceLengths } from '../packing.ts';
import type { Weights } from '../parameter.ts';
import type { HiddenStates } from '../scores.ts';
import type { Placed } from './attention.ts';
import { runEmbedding } from './embedding.ts';
import { type Generation, scoresInOrderOfIds, tensorFlowGeneration } from './generation.ts';
import { headPlaces } from './head-places.ts';
import { nativeGeneration } from './native-generation.ts';
import { runStack } from './stack.ts';
import { outputLayer, parameterSpecs } from './parameters.ts';
import { sharedWeight, type TransformerShape } from './shape.ts';
import { tokenOrder } from './token-order.ts';

interface TransformerOptions {
  /**
   * Whether the output layer trains the embedding of the decoder's first token, as Hugging Face's does. By default it
   * stays zero, as Marian and CTranslate2 take it for granted.
   */
  readonly trainsStart?: boolean;
}

/** @throws InvalidInput when the languages have different vocabularies */
export function transformerNetwork(
  settings: TransformerSettings,
  vocabularySize: VocabularySize,
  { trainsStart = false }: TransformerOptions = {},
): Network {
  const { source, target } = vocabularySize;
  if (source !== target)
    throw new InvalidInput(
      `the Transformer has one vocabulary for both languages, but that of the source has ${source} tokens and that of the target ${target}`,
    );
  const shape = { ...settings, tokens: tokenOrder(target) };
  const parts = {
    vocabularySize,
    parameters: parameterSpecs(shape),
    output: outputLayer(shape),
    attentionLayers: shape.decoderLayers,
    neverGenerated: [specialTokens.bos],
    scoresAsItDecodes: true,
    hiddenStates: (batch: Batch, weights: Weights, dropout: Dropout | undefined) => {
      const states = hiddenStates(batch, shape, weights, dropout);
      return trainsStart ? states : { ...states, backward: withoutStart(states.backward) };
    },
    decodingScores: (hidden: Tensor, weights: Weights) =>
      scoresInOrderOfIds(hidden, target, specialTokens.pad, shape, weights),
  };
  return isNative
    ? assembleNetwork({ ...parts, decoder: stepwiseDecoder(shape, nativeGeneration(shape)) })
    : assembleNetwork({ ...parts, decoder: stepwiseDecoder(shape, tensorFlowGeneration(shape)) });
}

/** Encoder and decoder over a batch of known targets, all positions at once. */
function hiddenStates(
  batch: Batch,
  shape: TransformerShape,
  weights: Weights,
  dropout: Dropout | undefined,
): HiddenStates {
  const { size, sourceLength, targetLength } = batch;
  const source = { ids: batch.source, batch: size, width: sourceLength };
  const encoder = runEncoder(source, shape, weights, dropout);
  const packing = packBySentence(lengthsOf(batch.target, size, targetLength));
  const ids = packIds(packing, batch.decoderInput, targetLength);
  const embedding = runEmbedding('decoder', ids, packing, shape, weights, dropout);
  const places = headPlaces(packing, shape.heads);
  const decoder = runStack('decoder', {
    x: embedding.out,
    places,
    causal: true,
    memory: encoder.encoded,
    shape,
    weights,
    dropout,
  });
  return {
    packing,
    hidden: decoder.out,
    backward: (dHidden, gradients) => {
      const { dX, dMemory } = decoder.backward(dHidden, gradients);
      embedding.backward(dX, gradients);
      if (dMemory) encoder.backward(dMemory, gradients);
    },
  };
}

function runEncoder(
  { ids: rectangle, batch, width }: Rectangle,
  shape: TransformerShape,
  weights: Weights,
  dropout: Dropout | undefined,
): { readonly encoded: Placed; readonly backward: HiddenStates['backward'] } {
  const packing = packBySentence(sourceLengths(rectangle, batch, width));
  const ids = packIds(packing, rectangle, width);
  const embedding = runEmbedding('encoder', ids, packing, shape, weights, dropout);
  const places = headPlaces(packing, shape.heads);
  const stack = runStack('encoder', { x: embedding.out, places, causal: false, shape, weights, dropout });
  return {
    encoded: { x: stack.out, places },
    backward: (dEncoded, gradients) => {
      embedding.backward(stack.backward(dEncoded, gradients).dX, gradients);
    },
  };
}

function withoutStart(backward: HiddenStates['backward']): HiddenStates['backward'] {
  return (dHidden, gradients: Gradients) => {
    gradients.excludeLastRow(sharedWeight);
    backward(dHidden, gradients);
  };
}

function stepwiseDecoder<State, Memory>(
  shape: TransformerShape,
  generation: Generation<State, Memory>,
): StepwiseDecoder<State, Memory> {
  const { start, memoryOf, mapState, mapMemory } = generation;
  return {
    begin: (sources, weights) => {
      const { encoded } = runEncoder(sources, shape, weights, undefined);
      return { state: start, memory: memoryOf(encoded, weights) };
    },
    step: (tokens, state, memory, weights) => {
      const { hidden, shares, after } = generation.step(tokens, state, memory, weights);
      return {
        hidden,
        attention: (layer) => {
          const ofLayer = shares[layer - 1];
          if (!ofLayer) throw new RangeError(`there are ${shares.length} layers, and no layer ${layer}`);
          return ofLayer.mean(1, true);
        },
        after,
      };
    },
    mapState,
    mapMemory,
  };
}

/**
 * The recurrent network: an encoder and a decoder, each an embedding and recurrent layers. The decoder's layer k
 * starts from the encoder's layer k at the source's eos; its last layer from zero, with `topState: 'zero'`. With
 * the notebook's parts it is the notebook's network.
 */
import type { Batch, RecurrentSettings } from '@honyaku/contracts';
import type { Tensor } from '@honyaku/kernels/tensorflow';
import type { StepwiseDecoder } from '../decoding-rows.ts';
import type { Dropout } from '../../kernels/random.ts';
import { assembleNetwork, type Network, type VocabularySize } from '../network.ts';
import { lengthsOf, pack, packIds } from '../packing.ts';
import type { Weights } from '../parameter.ts';
import type { HiddenStates } from '../scores.ts';
import type { Memory } from './attention.ts';
import { carriedOver, type DecoderState, firstState, runDecoder, runDecoderByStep } from './decoder.ts';
import { runEncoder } from './encoder.ts';
import { generateStep } from './generation.ts';
import { outputLayer, parameterSpecs } from './parameters.ts';
import type { RecurrentShape } from './shape.ts';

export function recurrentNetwork(settings: RecurrentSettings, vocabularySize: VocabularySize): Network {
  const shape = { ...settings, vocabularySize };
  return assembleNetwork({
    vocabularySize,
    parameters: parameterSpecs(shape),
    output: outputLayer(shape),
    attentionLayers: shape.attention === 'none' ? 0 : 1,
    neverGenerated: [],
    // Training carries the last layer's state from token to token within a sentence, decoding does not.
    scoresAsItDecodes: shape.topState === 'carried',
    hiddenStates: (batch, weights, dropout) => hiddenStates(batch, shape, weights, dropout),
    decoder: stepwiseDecoder(shape),
  });
}

/** Encoder and decoder over a batch of known targets. */
function hiddenStates(
  batch: Batch,
  shape: RecurrentShape,
  weights: Weights,
  dropout: Dropout | undefined,
): HiddenStates {
  const { size, targetLength } = batch;
  const packing = pack(lengthsOf(batch.target, size, targetLength));
  const source = { ids: batch.source, batch: size, width: batch.sourceLength };
  const encoder = runEncoder(source, packing.order, shape, weights, dropout);
  const input = {
    packing,
    ids: packIds(packing, batch.decoderInput, targetLength),
    state: firstState(encoder.starts, shape, size),
    memory: encoder.memory,
    shape,
    weights,
    dropout,
  };
  const decoder = shape.inputFeeding ? runDecoderByStep(input) : runDecoder(input);
  return {
    packing,
    hidden: decoder.out,
    backward: (dHidden, gradients) => {
      const { dState, dEncoded } = decoder.backward(dHidden, gradients);
      encoder.backward(dState.layers, dEncoded, gradients);
    },
  };
}

function stepwiseDecoder(shape: RecurrentShape): StepwiseDecoder<DecoderState, Memory | undefined> {
  return {
    begin: (sources, weights) => {
      const rows = Int32Array.from({ length: sources.batch }, (_, row) => row);
      const { starts, memory } = runEncoder(sources, rows, shape, weights, undefined);
      return { state: firstState(starts, shape, sources.batch), memory };
    },
    step: (tokens, state, memory, weights) => {
      const { after, ...step } = generateStep(tokens, state, memory, shape, weights);
      return { ...step, after: carriedOver(after, shape) };
    },
    mapState: ({ layers, feed }, change) => ({
      layers: layers.map((layer) => layer.map(change)),
      feed: feed && change(feed),
    }),
    mapMemory: (memory: Memory | undefined, change: (tensor: Tensor) => Tensor) =>
      memory && { encoded: change(memory.encoded), mask: change(memory.mask) },
  };
}

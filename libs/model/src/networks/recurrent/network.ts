/**
 * The network: an encoder and a decoder, each an embedding and recurrent layers. The decoder's layer k starts
 * from the encoder's layer k at the source's eos; its last layer from zero, with `topState: 'zero'`. With the
 * notebook's parts it is the notebook's network.
 */
import type { Batch } from '@honyaku/contracts';
import { firstState, runDecoder, runDecoderByStep } from './decoder.ts';
import { runEncoder } from './encoder.ts';
import type { Gradients } from '../gradients.ts';
import type { NetworkShape } from './shape.ts';
import { lengthsOf, pack, packIds, type Packing } from '../packing.ts';
import type { Weights } from './recurrent-cell.ts';
import type { Dropout } from './stack.ts';
import type { Tensor } from '../../kernels/tensorflow.ts';

export interface NetworkRun {
  /** Of the target's positions. */
  readonly packing: Packing;
  /** What the output layer takes, [positions, hidden]. */
  readonly out: Tensor;
  readonly backward: (dOut: Tensor, gradients: Gradients) => void;
}

export interface NetworkOptions {
  readonly dropout?: Dropout | undefined;
  /** Also runs over the padding of targets, which has no part in the loss. */
  readonly padding?: boolean | undefined;
}

/** Encoder and decoder over a batch. */
export function runNetwork(
  batch: Batch,
  shape: NetworkShape,
  weights: Weights,
  { dropout, padding = false }: NetworkOptions = {},
): NetworkRun {
  const { size, targetLength } = batch;
  const lengths = lengthsOf(batch.target, size, targetLength);
  const packing = pack(padding ? lengths.map(() => targetLength) : lengths);
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
    out: decoder.out,
    backward: (dOut, gradients) => {
      const { dState, dEncoded } = decoder.backward(dOut, gradients);
      encoder.backward(dState.layers, dEncoded, gradients);
    },
  };
}

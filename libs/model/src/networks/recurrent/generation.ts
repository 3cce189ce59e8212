/** The decoder as generation runs it: one token of each row, without a way back. */
import { type Tensor, tf } from '@honyaku/kernels/tensorflow';
import { addTwo, gatherRows } from '../../kernels/matrices.ts';
import { repeatedLinear } from '../linear.ts';
import type { Weights } from '../parameter.ts';
import { attendOnce } from './attention-step.ts';
import type { Memory } from './attention.ts';
import type { DecoderState } from './decoder.ts';
import { cells, embeddingName, skipLayer } from './parameters.ts';
import type { LayerState } from './recurrent-cell.ts';
import { layerName, type RecurrentShape } from './shape.ts';

export interface GeneratedStep {
  /** What the output layer takes, [rows, hidden]. */
  readonly hidden: Tensor;
  /** [rows, 1, source length] */
  readonly attention: Tensor | undefined;
  readonly after: DecoderState;
}

/** @param tokens one of each row */
export function generateStep(
  tokens: Int32Array,
  state: DecoderState,
  memory: Memory | undefined,
  shape: RecurrentShape,
  weights: Weights,
): GeneratedStep {
  const embedded = gatherRows(weights(embeddingName('decoder')), tf.tensor1d(tokens, 'int32'));
  let skip = shape.residual ? repeatedLinear(embedded, skipLayer('decoder'), weights) : undefined;
  let x = state.feed ? tf.concat([embedded, state.feed], 1) : embedded;
  const cell = cells[shape.cell];
  const layers: LayerState[] = [];
  for (let index = 0; index < shape.layers; index += 1) {
    const prefix = layerName(shape, 'decoder', index + 1);
    const start = state.layers[index] ?? zeroState(cell.stateSize, tokens.length, shape.hiddenSize);
    const after = cell.step({ prefix, suffix: '' }, x, start, weights);
    const [h] = after;
    if (!h) throw new RangeError('a layer has h');
    layers.push(after);
    x = skip ? addTwo(h, skip) : h;
    skip = shape.residual ? x : undefined;
  }
  const attention = memory && attendOnce(x, memory, shape, weights);
  const hidden = attention?.out ?? x;
  return {
    hidden,
    attention: attention?.shares,
    after: { layers, feed: shape.inputFeeding ? hidden : undefined },
  };
}

function zeroState(size: number, rows: number, hidden: number): LayerState {
  return Array.from({ length: size }, () => tf.zeros([rows, hidden]));
}

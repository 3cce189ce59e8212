/** The decoder as generation runs it: one token of each row, without a way back, with weights that are packed once. */
import type { Tensor } from '@honyaku/kernels/tensorflow';
import { repeatedLinear, repeatedProduct } from '../linear.ts';
import type { StepAttention } from '../decoding-rows.ts';
import { packStep } from '../packing.ts';
import type { Weights } from '../parameter.ts';
import { attend, type Memory } from './attention.ts';
import type { DecoderState } from './decoder.ts';
import { cells } from './parameters.ts';
import { layerName, type RecurrentShape } from './shape.ts';
import { runLayers, zeroState } from './stack.ts';

export interface GeneratedStep {
  /** What the output layer takes, [rows, hidden]. */
  readonly hidden: Tensor;
  readonly attention: StepAttention | undefined;
  readonly after: DecoderState;
}

/** @param tokens one of each row */
export function generateStep(
  tokens: Int32Array,
  { layers: starts, feed }: DecoderState,
  memory: Memory | undefined,
  shape: RecurrentShape,
  weights: Weights,
): GeneratedStep {
  const cell = cells[shape.cell];
  const input = {
    side: 'decoder',
    shape,
    weights,
    ids: tokens,
    depth: shape.layers,
    feed,
    dropout: undefined,
  } as const;
  const { layers } = runLayers(input, repeatedLinear, (index, x) => {
    const prefix = layerName(shape, 'decoder', index + 1);
    const start = starts[index] ?? zeroState(cell, tokens.length, shape.hiddenSize);
    const after = cell.step({ prefix, suffix: '' }, x, start, weights);
    const [out] = after;
    if (!out) throw new RangeError('a layer has h');
    return { out, after };
  });
  const top = layers.at(-1)?.out;
  if (!top) throw new RangeError('the decoder has no layers');
  const attention = memory && attend(top, packStep(tokens.length), memory, shape, weights, repeatedProduct);
  const hidden = attention?.out ?? top;
  return {
    hidden,
    attention: attention && (() => attention.shares),
    after: { layers: layers.map(({ run }) => run.after), feed: shape.inputFeeding ? hidden : undefined },
  };
}

/** The encoder; the decoder takes from it each layer's state at the sentence's end, and the memory to attend to. */
import type { Memory } from './attention.ts';
import type { Gradients } from '../gradients.ts';
import { addTwo, gatherRows, scatterAddRows } from '../../kernels/matrices.ts';
import type { RecurrentShape } from './shape.ts';
import {
  firstPositions,
  lastPositions,
  pack,
  packIds,
  type Rectangle,
  rectangleOf,
  sourceLengths,
} from '../packing.ts';
import { cells } from './parameters.ts';
import type { Dropout } from '../../kernels/random.ts';
import type { Weights } from '../parameter.ts';
import type { LayerState } from './recurrent-cell.ts';
import { runStack } from './stack.ts';
import { type Tensor, tf } from '@honyaku/kernels/tensorflow';

export interface EncoderRun {
  /** Where the decoder's layers start; fewer than its layers where the last one starts from zero. */
  readonly starts: readonly LayerState[];
  readonly memory: Memory | undefined;
  readonly backward: (
    dStarts: readonly (LayerState | undefined)[],
    dEncoded: Tensor | undefined,
    gradients: Gradients,
  ) => void;
}

/** Layers of the decoder that start from the encoder's. */
export function carriedLayers({ topState, layers }: RecurrentShape): number {
  return topState === 'carried' ? layers : layers - 1;
}

/**
 * h of a layer is its output at eos; of a layer that reads both ways, each half where its direction ends. c is zero.
 * @param rows the batch's rows in the decoder's order
 */
export function runEncoder(
  source: Rectangle,
  rows: Int32Array,
  shape: RecurrentShape,
  weights: Weights,
  dropout: Dropout | undefined,
): EncoderRun {
  const packing = pack(sourceLengths(source.ids, source.batch, source.width));
  const carried = carriedLayers(shape);
  // Without attention the layers above the carried ones have no effect.
  const depth = shape.attention === 'none' ? carried : shape.layers;
  const ids = packIds(packing, source.ids, source.width);
  const stack = runStack({ side: 'encoder', shape, weights, packing, ids, depth, starts: [], dropout });

  const ends = tf.tensor1d(lastPositions(packing, rows), 'int32');
  const beginnings = tf.tensor1d(firstPositions(packing, rows), 'int32');
  const starts = stack.outs.slice(0, carried).map((out) => {
    const h = shape.bidirectional ? endsOfBoth(out, ends, beginnings) : gatherRows(out, ends);
    return cells[shape.cell].stateSize === 2 ? [h, tf.zerosLike(h)] : [h];
  });
  const top = shape.attention === 'none' ? undefined : stack.outs.at(-1);
  const cellsOf = top && rectangleOf(packing, rows);
  const memory = top && cellsOf && memoryOf(top, rows.length, cellsOf);

  return {
    starts,
    memory,
    backward: (dStarts, dEncoded, gradients) => {
      const dOuts = stack.outs.map((_, layer) => {
        const dH = dStarts[layer]?.[0];
        if (!dH || layer >= carried) return undefined;
        if (!shape.bidirectional) return scatterAddRows(dH, ends, packing.positions);
        return scatterBoth(dH, ends, beginnings, packing.positions);
      });
      if (dEncoded && cellsOf) {
        const dTop = scatterAddRows(
          dEncoded.reshape([rows.length * cellsOf.width, shape.hiddenSize]),
          tf.tensor1d(
            // Padding is not attended to, so its gradient is zero wherever it goes.
            cellsOf.positions.map((position) => Math.max(position, 0)),
            'int32',
          ),
          packing.positions,
        );
        const last = dOuts.length - 1;
        const own = dOuts[last];
        dOuts[last] = own ? addTwo(own, dTop) : dTop;
      }
      stack.backward(dOuts, gradients);
    },
  };
}

function memoryOf(top: Tensor, rows: number, { width, positions }: ReturnType<typeof rectangleOf>): Memory {
  const known = positions.map((position) => Math.max(position, 0));
  const mask = Float32Array.from(positions, (position) => (position < 0 ? -1e9 : 0));
  return {
    encoded: gatherRows(top, tf.tensor1d(known, 'int32')).reshape([rows, width, top.shape[1] ?? 0]),
    mask: tf.tensor3d(mask, [rows, 1, width]),
  };
}

function endsOfBoth(out: Tensor, ends: Tensor, beginnings: Tensor): Tensor {
  const [forwards, backwards] = tf.split(out, 2, 1);
  if (!forwards || !backwards) throw new RangeError('two directions');
  return tf.concat([gatherRows(forwards, ends), gatherRows(backwards, beginnings)], 1);
}

function scatterBoth(dH: Tensor, ends: Tensor, beginnings: Tensor, positions: number): Tensor {
  const [dForwards, dBackwards] = tf.split(dH, 2, 1);
  if (!dForwards || !dBackwards) throw new RangeError('two directions');
  return tf.concat(
    [scatterAddRows(dForwards, ends, positions), scatterAddRows(dBackwards, beginnings, positions)],
    1,
  );
}

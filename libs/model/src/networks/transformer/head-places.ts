/**
 * Where packed positions [positions, width] stand in their sentences. Native kernels go along them as they are. What
 * TensorFlow's attention multiplies is for each head of each sentence a rectangle, [rows · heads, time, width / heads]:
 * one gather splits the heads and fills the rectangles at once.
 */
import { type Tensor, tf } from '@honyaku/kernels/tensorflow';
import { gatherRows, scatterAddRows } from '../../kernels/matrices.ts';
import { eachToken, type PackedTokens } from '../packing.ts';

/** Much less than any score, and still a number. */
const outOfSight = -1e9;

export interface HeadPlaces {
  readonly heads: number;
  /** Tokens of each sentence. */
  readonly lengths: Int32Array;
  /** The same as a tensor, [rows] */
  readonly lengthsTensor: Tensor;
  /** Made when asked for. */
  readonly rectangles: () => HeadRectangles;
}

/** @param packed sentences in the order of the batch */
export function headPlaces(packed: PackedTokens, heads: number): HeadPlaces {
  let made: HeadRectangles | undefined;
  return {
    heads,
    lengths: packed.lengths,
    lengthsTensor: tf.tensor1d(packed.lengths, 'int32'),
    rectangles: () => (made ??= headRectangles(packed, heads)),
  };
}

export interface HeadRectangles {
  readonly rows: number;
  /** Tokens of the longest row. */
  readonly time: number;
  /** Where a row has ended any other position stands. */
  readonly fill: (packed: Tensor) => Tensor;
  /** Where a row has ended zeros stand: no gradient comes from there. */
  readonly fillSparsely: (packed: Tensor) => Tensor;
  readonly toPacked: (filled: Tensor) => Tensor;
  /** 0 at tokens, a very negative number where a row has ended, [rows, 1, 1, time]. */
  readonly mask: Tensor;
  /** Hides from each position those after it, [1, 1, time, time]; made when asked for. */
  readonly causalMask: () => Tensor;
}

function headRectangles(packed: PackedTokens, heads: number): HeadRectangles {
  const rows = packed.lengths.length;
  const time = Math.max(...packed.lengths);
  // Of each head of each cell its place in the packed tensor, and the other way round.
  const sources = new Int32Array(rows * heads * time);
  const cells = new Int32Array(packed.positions * heads);
  const mask = new Float32Array(rows * time).fill(outOfSight);
  eachToken(packed, (step, row, position) => {
    mask[row * time + step] = 0;
    for (let head = 0; head < heads; head += 1) {
      const cell = (row * heads + head) * time + step;
      sources[cell] = position * heads + head;
      cells[position * heads + head] = cell;
    }
  });
  const [from, to] = [tf.tensor1d(sources, 'int32'), tf.tensor1d(cells, 'int32')];
  const split = (tensor: Tensor) => tensor.reshape([packed.positions * heads, -1]);
  const shaped = (tensor: Tensor) => tensor.reshape([rows * heads, time, -1]);
  let causal: Tensor | undefined;
  return {
    rows,
    time,
    fill: (tensor) => shaped(gatherRows(split(tensor), from)),
    fillSparsely: (tensor) => shaped(scatterAddRows(split(tensor), to, rows * heads * time)),
    toPacked: (filled) =>
      gatherRows(filled.reshape([rows * heads * time, -1]), to).reshape([packed.positions, -1]),
    mask: tf.tensor4d(mask, [rows, 1, 1, time]),
    causalMask: () => (causal ??= causalMask(time)),
  };
}

function causalMask(time: number): Tensor {
  const mask = new Float32Array(time * time);
  for (let query = 0; query < time; query += 1)
    mask.fill(outOfSight, query * time + query + 1, (query + 1) * time);
  return tf.tensor4d(mask, [1, 1, time, time]);
}

/**
 * Attention of the decoder's last layer to the encoder's (Luong et al. 2015, global attention): scores by dot
 * product or a bilinear form, and `tanh(W [context; h])` as the decoder's output.
 */
import { attention as nativeAttention, attentionGradient } from '@honyaku/kernels';
import { isNative } from '../../kernels/choice.ts';
import type { Gradients } from '../gradients.ts';
import {
  gatherRows,
  matMul,
  scatterAddRows,
  sliceRows,
  tanhGradient,
  withZeroRows,
} from '../../kernels/matrices.ts';
import { rowsOf } from './native-cells.ts';
import { product, type WeightProduct } from '../linear.ts';
import type { Packing } from '../packing.ts';
import type { Weights } from '../parameter.ts';
import type { RecurrentShape } from './shape.ts';
import { type Tensor, tf } from '@honyaku/kernels/tensorflow';

/** What is attended to, a row for each row of the decoder. */
export interface Memory {
  /** [rows, source length, hidden] */
  readonly encoded: Tensor;
  /** 0 at tokens, a very negative number at padding; [rows, 1, source length] */
  readonly mask: Tensor;
}

export interface AttentionRun {
  /** [positions, hidden] */
  readonly out: Tensor;
  /** Share of each source token in each target position, […, source length]; of one time step [rows, 1, source length]. */
  readonly shares: Tensor;
  readonly backward: (
    dOut: Tensor,
    gradients: Gradients,
  ) => { readonly dQuery: Tensor; /** As `encoded`. */ readonly dEncoded: Tensor };
}

const scoreWeight = 'decoder.attention.weight';
const combineWeight = 'decoder.attention_combine.weight';

/**
 * @param query the last layer's output, [positions, hidden]
 * @param multiply by the weights: `repeatedProduct` in generation
 */
export function attend(
  query: Tensor,
  packing: Packing,
  memory: Memory,
  { attention }: RecurrentShape,
  weights: Weights,
  multiply: WeightProduct = product,
): AttentionRun {
  const scored = attention === 'general' ? multiply(query, scoreWeight, weights) : query;
  const look = (isNative ? lookNatively : lookByRectangle)(scored, packing, memory);
  const joined = tf.concat([look.context, query], 1);
  const out = multiply(joined, combineWeight, weights, { transposed: true }).tanh();

  return {
    out,
    shares: look.shares,
    backward: (dOut, gradients) => {
      const dCombined = tanhGradient(out, dOut);
      gradients.addProduct(combineWeight, dCombined, joined);
      const [dContext, dDirect] = tf.split(matMul(dCombined, weights(combineWeight)), 2, 1);
      if (!dContext || !dDirect) throw new RangeError('context and query');
      const { dScored, dEncoded } = look.backward(dContext);
      if (attention === 'general') gradients.addProduct(scoreWeight, query, dScored);
      const dQuery = attention === 'general' ? matMul(dScored, weights(scoreWeight), { b: true }) : dScored;
      return { dQuery: dDirect.add(dQuery), dEncoded };
    },
  };
}

/** From queries to what they find. */
interface Look {
  /** [positions, hidden] */
  readonly context: Tensor;
  /** As `AttentionRun` has it. */
  readonly shares: Tensor;
  readonly backward: (dContext: Tensor) => { readonly dScored: Tensor; readonly dEncoded: Tensor };
}

/** All in one kernel, over packed positions. */
function lookNatively(query: Tensor, packing: Packing, { encoded, mask }: Memory): Look {
  const inputs = { query, encoded, rows: rowsOf(packing) };
  const { context, shares } = nativeAttention(inputs, mask);
  return {
    context,
    shares: shares.reshape([packing.positions, 1, encoded.shape[1] ?? 0]),
    backward: (dContext) => {
      const { dQuery, dEncoded } = attentionGradient(inputs, shares, dContext);
      return { dScored: dQuery, dEncoded };
    },
  };
}

/** As products of TensorFlow's over rectangles [rows, time, …]. */
function lookByRectangle(scored: Tensor, packing: Packing, memory: Memory): Look {
  const rows = packing.segments[0]?.rows ?? 0;
  const encoded = firstOf(memory.encoded, rows);
  const { fill, toPacked, fillSparsely } = rearrangementOf(packing, rows, scored.shape[1] ?? 0);

  const queries = fill(scored);
  const scores = tf.matMul(queries, encoded, false, true).add(firstOf(memory.mask, rows));
  const shares = scores.softmax();
  return {
    context: toPacked(tf.matMul(shares, encoded)),
    shares,
    backward: (dContext) => {
      const dFilled = fillSparsely(dContext);
      const dShares = tf.matMul(dFilled, encoded, false, true);
      const dScores = shares.mul(dShares.sub(dShares.mul(shares).sum(-1, true)));
      const dScored = toPacked(tf.matMul(dScores, encoded));
      const dEncoded = tf.matMul(shares, dFilled, true).add(tf.matMul(dScores, queries, true));
      return { dScored, dEncoded: padRows(dEncoded, memory.encoded.shape[0] ?? 0) };
    },
  };
}

/** The first rows of a tensor [rows, a, b]. */
function firstOf(tensor: Tensor, count: number): Tensor {
  const [rows = 0, a = 0, b = 0] = tensor.shape;
  return sliceRows(tensor.reshape([rows, a * b]), 0, count).reshape([count, a, b]);
}

function padRows(tensor: Tensor, count: number): Tensor {
  const [rows = 0, a = 0, b = 0] = tensor.shape;
  return withZeroRows(tensor.reshape([rows, a * b]), count).reshape([count, a, b]);
}

/** Between packed positions [positions, hidden] and a rectangle [rows, time, hidden]. */
interface Rearrangement {
  /** Where a row has ended any other position stands. */
  readonly fill: (packed: Tensor) => Tensor;
  readonly toPacked: (filled: Tensor) => Tensor;
  /** Where a row has ended zeros stand: no gradient comes from there. */
  readonly fillSparsely: (packed: Tensor) => Tensor;
}

function rearrangementOf(packing: Packing, rows: number, hidden: number): Rearrangement {
  const time = packing.lengths[0] ?? 0;
  const reshape = (tensor: Tensor) => tensor.reshape([rows, time, hidden]);
  const flatten = (tensor: Tensor) => tensor.reshape([rows * time, hidden]);
  // Of one time step the order of both is the same.
  if (time === 1) return { fill: reshape, toPacked: flatten, fillSparsely: reshape };
  const { position, cell } = placesIn(packing, rows, time);
  return {
    fill: (packed) => reshape(gatherRows(packed, position)),
    toPacked: (filled) => gatherRows(flatten(filled), cell),
    fillSparsely: (packed) => reshape(scatterAddRows(packed, cell, rows * time)),
  };
}

/** The position of each cell of a rectangle (any, where the row has ended), and the cell of each position. */
function placesIn(packing: Packing, rows: number, time: number): { position: Tensor; cell: Tensor } {
  const position = new Int32Array(rows * time);
  const cell = new Int32Array(packing.positions);
  let start = 0;
  for (const segment of packing.segments) {
    for (let step = start; step < start + segment.steps; step += 1) {
      for (let row = 0; row < segment.rows; row += 1) {
        position[row * time + step] = packing.at(step, row);
        cell[packing.at(step, row)] = row * time + step;
      }
    }
    start += segment.steps;
  }
  return { position: tf.tensor1d(position, 'int32'), cell: tf.tensor1d(cell, 'int32') };
}

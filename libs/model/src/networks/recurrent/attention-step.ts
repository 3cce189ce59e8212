/** Attention as generation runs it: of one position of each row, without a way back. */
import { type Tensor, tf } from '@honyaku/kernels/tensorflow';
import { repeatedProduct } from '../linear.ts';
import type { Weights } from '../parameter.ts';
import { combineWeight, type Memory, scoreWeight } from './attention.ts';
import type { RecurrentShape } from './shape.ts';

export interface AttentionStep {
  /** [rows, hidden] */
  readonly out: Tensor;
  /** Share of each source token, [rows, 1, source length]. */
  readonly shares: Tensor;
}

/** @param query the last layer's output, [rows, hidden] */
export function attendOnce(
  query: Tensor,
  { encoded, mask }: Memory,
  { attention }: RecurrentShape,
  weights: Weights,
): AttentionStep {
  const [rows = 0, hidden = 0] = query.shape;
  const scored = attention === 'general' ? repeatedProduct(query, scoreWeight, weights) : query;
  const shares = tf
    .matMul(scored.reshape([rows, 1, hidden]), encoded, false, true)
    .add(mask)
    .softmax();
  const context = tf.matMul(shares, encoded).reshape([rows, hidden]);
  const joined = tf.concat([context, query], 1);
  return { out: repeatedProduct(joined, combineWeight, weights, { transposed: true }).tanh(), shares };
}

/** The likeliest tokens of logits, read back: all other logits stay in TensorFlow. Callers run it in a tidy scope. */
import { topTokens as nativeTopTokens } from '@honyaku/kernels';
import { type Tensor, tf } from '@honyaku/kernels/tensorflow';
import { isNative } from './choice.ts';

/** Of each row, likeliest first; both [rows, count], row-major. */
export interface TopTokens {
  readonly count: number;
  readonly ids: ArrayLike<number>;
  /** By the softmax of all logits. */
  readonly logProbabilities: ArrayLike<number>;
}

/**
 * @param logits [rows, vocabulary]
 * @param excluded a token that is as if it had no probability; the others keep theirs
 */
export function topTokens(logits: Tensor, count: number, excluded?: number): TopTokens {
  if (isNative) {
    const { ids, logProbabilities } = nativeTopTokens(logits, count, excluded);
    return { count, ids: ids.dataSync(), logProbabilities: logProbabilities.dataSync() };
  }
  const allowed = excluded === undefined ? logits : withoutToken(logits, excluded);
  const { values, indices } = tf.topk(allowed, count, true);
  const logProbabilities = values.sub(logits.logSumExp(1, true));
  return { count, ids: indices.dataSync(), logProbabilities: logProbabilities.dataSync() };
}

/** The likeliest token of each row, of equal ones the lowest. */
export function likeliestTokens(logits: Tensor): Int32Array {
  const ids = isNative ? nativeTopTokens(logits, 1).ids : logits.argMax(1);
  return Int32Array.from(ids.dataSync());
}

/** Logits [rows, vocabulary] in which one token has no probability. */
export function withoutToken(logits: Tensor, token: number): Tensor {
  const mask = new Float32Array(logits.shape[1] ?? 0);
  mask[token] = -Infinity;
  return logits.add(tf.tensor1d(mask));
}

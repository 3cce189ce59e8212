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
 * @param excluded tokens that are as if they had no probability; the others keep theirs
 */
export function topTokens(logits: Tensor, count: number, excluded: readonly number[] = []): TopTokens {
  if (isNative) return nativelyTop(logits, count, excluded);
  const { values, indices } = tf.topk(withoutTokens(logits, excluded), count, true);
  const logProbabilities = values.sub(logits.logSumExp(1, true));
  return { count, ids: indices.dataSync(), logProbabilities: logProbabilities.dataSync() };
}

/** The kernel leaves out one token. For others, as many more are asked for, and the last places are theirs. */
function nativelyTop(logits: Tensor, count: number, [first, ...others]: readonly number[]): TopTokens {
  const asked = Math.min(count + others.length, logits.shape[1] ?? 0);
  const top = nativeTopTokens(logits, asked, first);
  const [ids, logProbabilities] = [top.ids.dataSync(), top.logProbabilities.dataSync()];
  if (others.length === 0) return { count, ids, logProbabilities };
  const places = [...ids.keys()];
  const best = Array.from({ length: logits.shape[0] ?? 0 }, (_, row) => {
    const ofRow = places.slice(row * asked, (row + 1) * asked);
    const isExcluded = (place: number) => others.includes(ids[place] ?? -1);
    return [...ofRow.filter((place) => !isExcluded(place)), ...ofRow.filter(isExcluded)].slice(0, count);
  }).flat();
  return {
    count,
    ids: best.map((place) => ids[place] ?? -1),
    logProbabilities: best.map((place) =>
      others.includes(ids[place] ?? -1) ? -Infinity : (logProbabilities[place] ?? NaN),
    ),
  };
}

/** The likeliest token of each row that is not excluded, of equal ones the lowest. */
export function likeliestTokens(logits: Tensor, excluded: readonly number[] = []): Int32Array {
  if (isNative) return Int32Array.from(topTokens(logits, 1, excluded).ids);
  return Int32Array.from(withoutTokens(logits, excluded).argMax(1).dataSync());
}

/** Logits [rows, vocabulary] in which these tokens have no probability. */
export function withoutTokens(logits: Tensor, tokens: readonly number[]): Tensor {
  if (tokens.length === 0) return logits;
  const mask = new Float32Array(logits.shape[1] ?? 0);
  for (const token of tokens) mask[token] = -Infinity;
  return logits.add(tf.tensor1d(mask));
}

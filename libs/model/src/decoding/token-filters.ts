/** Which tokens sampling may draw, and the draw: functions of logits alone. */
import { type RandomKey, statelessUniform } from '../kernels/random.ts';
import { type Tensor, tf } from '@honyaku/kernels/tensorflow';

/** Colder than this nothing changes, and a little below float32 takes the divisor for 0. */
const coldest = 1e-30;

/** Logits divided by a temperature above 0, shifted so that the largest is 0: no temperature overflows. */
export function atTemperature(logits: Tensor, temperature: number): Tensor {
  return logits.sub(logits.max(1, true)).div(Math.max(temperature, coldest));
}

/** Tokens that may be drawn, likeliest first. */
export interface Candidates {
  /** [rows, candidates], -infinity where a token may not be drawn. */
  readonly logits: Tensor;
  /** [rows, candidates], int32. */
  readonly ids: Tensor;
}

/**
 * The `topK` likeliest tokens (Fan et al. 2018), and of these the nucleus (Holtzman et al. 2020): the fewest
 * likeliest tokens whose probabilities, which sum to 1 over the `topK`, reach `topP` together. Of equal logits
 * the lower id comes first.
 * @param logits [rows, vocabulary]
 * @param topK 1 or more; 0 stands for all
 * @param topP above 0 and up to 1
 */
export function likeliest(logits: Tensor, topK: number, topP: number): Candidates {
  const vocabulary = logits.shape[1] ?? 0;
  const sorted = tf.topk(logits, topK > 0 ? Math.min(topK, vocabulary) : vocabulary, true);
  if (topP >= 1) return { logits: sorted.values, ids: sorted.indices };
  const before = sorted.values.softmax().cumsum(1, true);
  const outside = tf.fill(before.shape, -Infinity);
  return { logits: tf.where(before.less(topP), sorted.values, outside), ids: sorted.indices };
}

/**
 * The column that each row draws by its softmax, [rows]: the argmax of logits plus Gumbel noise (Gumbel 1954).
 * @param logits [rows, columns]
 * @param keys of each row, whose draw is a function of its logits and its key
 */
export function draw(logits: Tensor, keys: readonly RandomKey[]): Tensor {
  const columns = logits.shape[1] ?? 0;
  const uniform = tf.stack(keys.map((key) => statelessUniform([columns], key)));
  const noise = uniform.maximum(1e-20).log().neg().log().neg();
  return logits.add(noise).argMax(1);
}

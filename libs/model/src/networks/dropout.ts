import { randomKey, statelessUniform } from '../kernels/random.ts';
import { type Tensor, tf } from '../kernels/tensorflow.ts';

/** The share of units that is dropped, and the place in training that decides which. */
export interface Dropout {
  readonly rate: number;
  /** Such as seed, epoch and step. */
  readonly place: readonly number[];
}

/**
 * Inverted dropout: what is kept is scaled up, so that nothing changes in expectation.
 * @param where in the network; no two masks of one may have the same
 */
export function dropoutMask(
  shape: readonly number[],
  { rate, place }: Dropout,
  where: readonly (string | number)[],
): Tensor {
  const key = randomKey('dropout', ...place, ...where);
  return tf.tidy(() =>
    tf
      .greaterEqual(statelessUniform(shape, key), rate)
      .cast('float32')
      .mul(1 / (1 - rate)),
  );
}

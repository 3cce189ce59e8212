/** Random numbers that are a function of a key alone, the key of each draw, and dropout. */
import { createHash } from 'node:crypto';
import { dropout } from '@honyaku/kernels';
import { attributes, dataTypes, runKernel, type Tensor, tf } from '@honyaku/kernels/tensorflow';
import { isNative } from './choice.ts';

/** Two numbers that key a stateless random kernel. */
export type RandomKey = readonly [number, number];

/**
 * The key of one random draw, from its purpose and place: `randomKey('dropout', seed, epoch, step, layer)`.
 * Nothing random has a state, so nothing has to be saved to go on exactly.
 */
export function randomKey(...place: readonly (string | number)[]): RandomKey {
  const digest = createHash('sha256').update(place.join('/')).digest();
  return [digest.readInt32LE(0), digest.readInt32LE(4)];
}

/** Uniform in [0, 1), a function of the key alone. */
export function statelessUniform(shape: readonly number[], key: RandomKey): Tensor {
  return stateless('StatelessRandomUniform', shape, key);
}

/** Standard normal, a function of the key alone. */
export function statelessNormal(shape: readonly number[], key: RandomKey): Tensor {
  return stateless('StatelessRandomNormal', shape, key);
}

function stateless(kernel: string, shape: readonly number[], key: RandomKey): Tensor {
  return tf.tidy(() =>
    runKernel(
      kernel,
      [
        attributes.type('dtype', dataTypes.float),
        attributes.type('T', dataTypes.int32),
        attributes.type('Tseed', dataTypes.int32),
      ],
      [tf.tensor1d([...shape], 'int32'), tf.tensor1d([...key], 'int32')],
    ),
  );
}

/** The share of units that is dropped, and the place in training that decides which. */
export interface Dropout {
  readonly rate: number;
  /** Such as seed, epoch and step. */
  readonly place: readonly number[];
}

/**
 * Inverted dropout of tensors of one shape: what is kept is scaled up, so that nothing changes in expectation. Being
 * linear, it is its own gradient.
 * @param where in the network; no two masks of one may have the same
 */
export function dropoutOf(
  shape: readonly number[],
  { rate, place }: Dropout,
  where: readonly (string | number)[],
): (x: Tensor) => Tensor {
  const key = randomKey('dropout', ...place, ...where);
  if (isNative) return (x) => dropout(x, { rate, key });
  const mask = tf.tidy(() =>
    tf
      .greaterEqual(statelessUniform(shape, key), rate)
      .cast('float32')
      .mul(1 / (1 - rate)),
  );
  return (x) => x.mul(mask);
}

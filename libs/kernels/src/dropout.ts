/** Dropout, whose mask is a function of a key, by one kernel, and as a part of others. */
import './load.ts';
import { attributes, runKernel, type Tensor, tf } from './tensorflow.ts';

export interface DropoutOptions {
  /** Share that is dropped: at least 0, below 1. */
  readonly rate: number;
  /** Two 32-bit numbers. */
  readonly key: readonly [number, number];
}

/**
 * Drops elements of x, of any shape, and divides those it keeps by 1 - rate. With the same key the same elements are
 * dropped of each tensor of a size, so that dropout of a gradient is the gradient of dropout. Random words are those of
 * Threefry2x32 with 20 rounds (Salmon et al. 2011).
 */
export function dropout(x: Tensor, options: DropoutOptions): Tensor {
  return dropoutKeyOf(options, (key) => runKernel('HonyakuDropout', [rateAttribute(options)], [x, key]));
}

/** Of a kernel that drops as well; without dropout the rate is 0. */
export function rateAttribute(dropout: DropoutOptions | undefined) {
  return attributes.float('rate', dropout?.rate ?? 0);
}

const noKey = tf.keep(tf.tensor1d([0, 0], 'int32'));

/** Lends the key of dropout as such a kernel takes it. */
export function dropoutKeyOf<Result>(
  dropout: DropoutOptions | undefined,
  use: (key: Tensor) => Result,
): Result {
  if (!dropout) return use(noKey);
  const key = tf.tensor1d([...dropout.key], 'int32');
  const result = use(key);
  key.dispose();
  return result;
}

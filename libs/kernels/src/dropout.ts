/** Dropout, whose mask is a function of a key, by one kernel. */
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
export function dropout(x: Tensor, { rate, key }: DropoutOptions): Tensor {
  const keyWords = tf.tensor1d([...key], 'int32');
  const out = runKernel('HonyakuDropout', [attributes.float('rate', rate)], [x, keyWords]);
  keyWords.dispose();
  return out;
}

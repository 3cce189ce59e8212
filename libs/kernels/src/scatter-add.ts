/** The gradient of a lookup of rows. */
import './load.ts';
import { attributes, runKernel, type Tensor } from './tensorflow.ts';

/** Sums the rows of x [k, w] into a table of `count` rows by int32 `indices` [k] → [count, w] */
export function scatterAdd(x: Tensor, indices: Tensor, count: number): Tensor {
  return runKernel('HonyakuScatterAdd', [attributes.int('count', count)], [x, indices]);
}

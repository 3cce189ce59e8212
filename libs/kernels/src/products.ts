/** Matrix products, and sums of rows. */
import { type Precision } from './load.ts';
import { attributes, runKernel, type Tensor } from './tensorflow.ts';

export interface MatMulOptions {
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
  readonly precision?: Precision;
  /** What is added to the product: of its shape, or one row [m] for all. */
  readonly plus?: Tensor | undefined;
}

/** a · b, either one transposed first. [n, k] × [k, m] → [n, m] */
export function matMul(
  a: Tensor,
  b: Tensor,
  { transposeA = false, transposeB = false, precision = 'float32', plus }: MatMulOptions = {},
): Tensor {
  const given = [
    attributes.bool('transpose_a', transposeA),
    attributes.bool('transpose_b', transposeB),
    precisionAttribute(precision),
  ];
  return plus
    ? runKernel('HonyakuMatMulSum', given, [a, b, plus])
    : runKernel('HonyakuMatMul', given, [a, b]);
}

/** The sum of the rows of x [n, m] → [m] */
export function columnSums(x: Tensor): Tensor {
  return runKernel('HonyakuColumnSums', [], [x]);
}

export function precisionAttribute(precision: Precision) {
  return attributes.string('precision', precision);
}

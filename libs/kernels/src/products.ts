/** Matrix products. */
import { type Precision } from './load.ts';
import { attributes, runKernel, type Tensor } from './tensorflow.ts';

export interface MatMulOptions {
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
  readonly precision?: Precision;
}

/** a · b, either one transposed first. [n, k] × [k, m] → [n, m] */
export function matMul(
  a: Tensor,
  b: Tensor,
  { transposeA = false, transposeB = false, precision = 'float32' }: MatMulOptions = {},
): Tensor {
  return runKernel(
    'HonyakuMatMul',
    [
      attributes.bool('transpose_a', transposeA),
      attributes.bool('transpose_b', transposeB),
      precisionAttribute(precision),
    ],
    [a, b],
  );
}

export function precisionAttribute(precision: Precision) {
  return attributes.string('precision', precision);
}

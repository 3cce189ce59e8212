/** Raw kernels of matrices, with their attributes and shapes. */
import {
  columnSums,
  matMul as nativeMatMul,
  scatterAdd,
  squaredNorm as nativeSquaredNorm,
} from '@honyaku/kernels';
import {
  attributes,
  dataTypes,
  float,
  runKernel,
  runKernelForAll,
  type Tensor,
  tf,
} from '@honyaku/kernels/tensorflow';
import { isNative, precision } from './choice.ts';

export interface MatMulOptions {
  /** Whether a, or b, is transposed first. */
  readonly a?: boolean;
  readonly b?: boolean;
  /** What is added to the product: of its shape, or one row [m] for all. */
  readonly plus?: Tensor | undefined;
}

/** a · b, either one transposed first. [n, k] × [k, m] → [n, m] */
export function matMul(
  a: Tensor,
  b: Tensor,
  { a: transposeA = false, b: transposeB = false, plus }: MatMulOptions = {},
): Tensor {
  if (isNative) return nativeMatMul(a, b, { transposeA, transposeB, precision, plus });
  const product = runKernel(
    'MatMul',
    [float, attributes.bool('transpose_a', transposeA), attributes.bool('transpose_b', transposeB)],
    [a, b],
  );
  return plus ? product.add(plus) : product;
}

/** The sum of the rows of x [n, m] → [m] */
export function sumRows(x: Tensor): Tensor {
  return isNative ? columnSums(x) : x.sum(0);
}

/** A step gathers rows so often that a new scalar for each would show in its time. */
const firstAxis = tf.keep(tf.scalar(0, 'int32'));

/** Rows of `table` [n, …], of floats or of int32, by `indices` [k] → [k, …] */
export function gatherRows(table: Tensor, indices: Tensor): Tensor {
  return runKernel(
    'GatherV2',
    [
      attributes.type('Tparams', table.dtype === 'int32' ? dataTypes.int32 : dataTypes.float),
      attributes.type('Tindices', dataTypes.int32),
      attributes.type('Taxis', dataTypes.int32),
      attributes.int('batch_dims', 0),
    ],
    [table, indices, firstAxis],
  );
}

/** a + b, of one shape. */
export function addTwo(a: Tensor, b: Tensor): Tensor {
  return runKernel('AddV2', [float], [a, b]);
}

/** The gradient by x of tanh x, of what that gave: dOut (1 - out²) */
export function tanhGradient(out: Tensor, dOut: Tensor): Tensor {
  if (isNative) return runKernel('TanhGrad', [float], [out, dOut]);
  return dOut.mul(out.square().neg().add(1));
}

/** The sum of tensors of one shape. @throws RangeError for none */
export function addAll(tensors: readonly Tensor[]): Tensor {
  const [first] = tensors;
  if (first === undefined) throw new RangeError('nothing to add');
  if (tensors.length === 1) return first;
  return runKernel('AddN', [float, attributes.int('N', tensors.length)], tensors);
}

/** The sum of all tensors' squares, read back. */
export function squaredNorm(tensors: readonly Tensor[]): number {
  if (isNative) return readBack(nativeSquaredNorm(tensors));
  return tensors.reduce((sum, tensor) => sum + 2 * readBack(runKernel('L2Loss', [float], [tensor])), 0);
}

/** The value of a scalar, which is disposed. */
function readBack(scalar: Tensor): number {
  const [value = NaN] = scalar.dataSync();
  scalar.dispose();
  return value;
}

/** Rows [start, start + count) of a matrix; TensorFlow shares the memory where it can. */
export function sliceRows(matrix: Tensor, start: number, count: number): Tensor {
  const [rows, columns = 0] = matrix.shape;
  return start === 0 && count === rows ? matrix : matrix.slice([start, 0], [count, columns]);
}

/** The first rows of a matrix. */
export function firstRows(matrix: Tensor, count: number): Tensor {
  return sliceRows(matrix, 0, count);
}

/** A matrix with rows of zeros below it, or of more than `count` rows the first ones. */
export function withZeroRows(matrix: Tensor, count: number): Tensor {
  const [rows = 0, columns = 0] = matrix.shape;
  if (rows === count) return matrix;
  return rows > count ? firstRows(matrix, count) : tf.concat([matrix, tf.zeros([count - rows, columns])], 0);
}

/** The gradient of `gatherRows`: sums `rows` [k, w] into a table of `count` rows by `indices` [k] → [count, w] */
export function scatterAddRows(rows: Tensor, indices: Tensor, count: number): Tensor {
  if (isNative) return scatterAdd(rows, indices, count);
  return tf.tidy(() =>
    runKernel(
      'UnsortedSegmentSum',
      [float, attributes.type('Tindices', dataTypes.int32), attributes.type('Tnumsegments', dataTypes.int32)],
      [rows, indices, tf.scalar(count, 'int32')],
    ),
  );
}

/** The slices of `x` [time, …] along its first dimension. */
export function unstack(x: Tensor): Tensor[] {
  const count = x.shape[0] ?? 0;
  return runKernelForAll(
    'Unpack',
    [attributes.int('num', count), float, attributes.int('axis', 0)],
    [x],
    count,
  );
}

/** Matrices of 64-bit numbers, in which references for the kernels are computed. */
import { tf, type Tensor } from '../src/tensorflow.ts';

/** Row-major. */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly data: Float64Array;
}

export function matrix(
  rows: number,
  columns: number,
  value: (row: number, column: number) => number = () => 0,
): Matrix {
  const data = Float64Array.from({ length: rows * columns }, (_, index) =>
    value(Math.floor(index / columns), index % columns),
  );
  return { rows, columns, data };
}

export function at({ columns, data }: Matrix, row: number, column: number): number {
  return data[row * columns + column] ?? NaN;
}

/** Numbers between -1 and 1 that float32 can hold, the same ones for the same seed. */
export function randomMatrix(rows: number, columns: number, seed: number): Matrix {
  let state = seed * 2654435761 + 12345;
  return matrix(rows, columns, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.fround(state / 2 ** 31 - 1);
  });
}

/** Every element times a factor, as float32 holds it. */
export function scaled({ rows, columns, data }: Matrix, factor: number): Matrix {
  return { rows, columns, data: data.map((value) => Math.fround(value * factor)) };
}

export function product(a: Matrix, b: Matrix): Matrix {
  return matrix(a.rows, b.columns, (row, column) => {
    let sum = 0;
    for (let k = 0; k < a.columns; k += 1) sum += at(a, row, k) * at(b, k, column);
    return sum;
  });
}

export function transpose(a: Matrix): Matrix {
  return matrix(a.columns, a.rows, (row, column) => at(a, column, row));
}

export function tensorOf({ rows, columns, data }: Matrix): Tensor {
  return tf.tensor2d(Float32Array.from(data), [rows, columns]);
}

/** A matrix of one row. */
export function vectorOf({ data }: Matrix): Tensor {
  return tf.tensor1d(Float32Array.from(data));
}

/** The largest difference of a tensor to what it should be, by the largest number that it should have (at least 1). */
export function error(tensor: Tensor, wanted: Matrix | ArrayLike<number>): number {
  const numbers = 'data' in wanted ? wanted.data : wanted;
  const values = tensor.dataSync();
  if (values.length !== numbers.length) return Infinity;
  let [difference, largest] = [0, 1];
  for (let index = 0; index < values.length; index += 1) {
    const [value = NaN, number = NaN] = [values[index], numbers[index]];
    difference = Math.max(difference, Number.isNaN(value - number) ? Infinity : Math.abs(value - number));
    largest = Math.max(largest, Math.abs(number));
  }
  return difference / largest;
}

/** The bytes of tensors, to be compared. */
export function bytesOf(tensors: readonly Tensor[]): string {
  return tensors
    .map((tensor) =>
      Buffer.from(Uint8Array.from(new Uint8Array(tensor.dataSync().slice().buffer))).toString('base64'),
    )
    .join(' ');
}

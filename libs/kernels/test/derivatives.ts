/** Gradients by finite differences. */
import { type Matrix, matrix } from './matrix.ts';

/**
 * The derivative of `loss` by each element of a matrix that it depends on, by central differences: exact to some nine
 * digits in 64-bit numbers.
 */
export function differences(of: Matrix, loss: () => number): Matrix {
  const step = 1e-5;
  const derivative = (index: number) => {
    const value = of.data[index] ?? NaN;
    const shifted = [step, -step].map((by) => {
      of.data[index] = value + by;
      return loss();
    });
    of.data[index] = value;
    return ((shifted[0] ?? NaN) - (shifted[1] ?? NaN)) / (2 * step);
  };
  return matrix(of.rows, of.columns, (row, column) => derivative(row * of.columns + column));
}

/** Σ a · b over the first rows of `a` that `b` has. */
export function inner(a: Matrix, b: Matrix, firstRow = 0): number {
  return b.data.reduce((sum, value, index) => sum + value * (a.data[firstRow * a.columns + index] ?? NaN), 0);
}

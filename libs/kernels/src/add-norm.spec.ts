import { describe, expect, it } from 'vitest';
import { differences, inner } from '../test/derivatives.ts';
import { at, bytesOf, error, matrix, type Matrix, randomMatrix, tensorOf, vectorOf } from '../test/matrix.ts';
import { resetKernelsAfterEach } from '../test/settings.ts';
import { addNorm, addNormGradient } from './add-norm.ts';
import { dropout, type DropoutOptions } from './dropout.ts';
import { instructionSets, useInstructionSet, useThreads } from './load.ts';
import { tf } from './tensorflow.ts';

resetKernelsAfterEach();

interface NormCase {
  readonly x: Matrix;
  readonly branch: Matrix;
  readonly weight: Matrix;
  readonly bias: Matrix;
}

function normCase(rows: number, width: number): NormCase {
  return {
    x: randomMatrix(rows, width, 1),
    branch: randomMatrix(rows, width, 2),
    weight: randomMatrix(1, width, 3),
    bias: randomMatrix(1, width, 4),
  };
}

/** Ba et al. 2016, with PyTorch's epsilon. */
function reference({ x, branch, weight, bias }: NormCase): Matrix {
  const { rows, columns } = x;
  const sum = matrix(rows, columns, (row, column) => at(x, row, column) + at(branch, row, column));
  const mean = (row: number, of: (value: number) => number) =>
    Array.from({ length: columns }, (_, column) => of(at(sum, row, column))).reduce((a, b) => a + b, 0) /
    columns;
  const statistics = Array.from({ length: rows }, (_, row) => {
    const middle = mean(row, (value) => value);
    return { middle, deviation: Math.sqrt(mean(row, (value) => (value - middle) ** 2) + 1e-5) };
  });
  return matrix(rows, columns, (row, column) => {
    const { middle = NaN, deviation = NaN } = statistics[row] ?? {};
    return ((at(sum, row, column) - middle) / deviation) * at(weight, 0, column) + at(bias, 0, column);
  });
}

function run({ x, branch, weight, bias }: NormCase, dOut: Matrix, options?: DropoutOptions) {
  const parameters = { weight: vectorOf(weight), bias: vectorOf(bias) };
  const outputs = addNorm(tensorOf(x), tensorOf(branch), parameters, options);
  return { out: outputs.out, ...addNormGradient(outputs, parameters.weight, tensorOf(dOut), options) };
}

describe.each(instructionSets())('the norm of a sum on %s', (instructionSet) => {
  it.each([
    [1, 3],
    [5, 37],
    [40, 5],
  ])('of %i rows of %i is the definition’s, with its gradient', (rows, width) => {
    useInstructionSet(instructionSet);
    tf.tidy(() => {
      const each = normCase(rows, width);
      const dOut = randomMatrix(rows, width, 9);
      const outputs = run(each, dOut);
      expect(error(outputs.out, reference(each))).toBeLessThan(2e-6);
      const loss = () => inner(dOut, reference(each));
      const dX = differences(each.x, loss);
      expect(error(outputs.dX, dX)).toBeLessThan(5e-6);
      expect(error(outputs.dBranch, dX)).toBeLessThan(5e-6);
      expect(error(outputs.dWeight, differences(each.weight, loss))).toBeLessThan(5e-6);
      expect(error(outputs.dBias, differences(each.bias, loss))).toBeLessThan(5e-6);
    });
  });

  it('with dropout is that of the branch after dropout, both ways', () => {
    useInstructionSet(instructionSet);
    tf.tidy(() => {
      const options = { rate: 0.3, key: [5, 6] } as const;
      const each = normCase(70, 37);
      const dOut = randomMatrix(70, 37, 9);
      const outputs = run(each, dOut, options);
      const parameters = { weight: vectorOf(each.weight), bias: vectorOf(each.bias) };
      const alone = addNorm(tensorOf(each.x), dropout(tensorOf(each.branch), options), parameters);
      expect(bytesOf([outputs.out])).toBe(bytesOf([alone.out]));
      const { dX } = addNormGradient(alone, parameters.weight, tensorOf(dOut));
      expect(bytesOf([outputs.dX, outputs.dBranch])).toBe(bytesOf([dX, dropout(dX, options)]));
    });
  });

  it('gives the same bytes with one, two and four threads', () => {
    useInstructionSet(instructionSet);
    const outcomes = [1, 2, 4].map((threads) => {
      useThreads(threads);
      const options = { rate: 0.1, key: [5, 6] } as const;
      return tf.tidy(() => bytesOf(Object.values(run(normCase(301, 70), randomMatrix(301, 70, 9), options))));
    });
    expect(new Set(outcomes).size).toBe(1);
  });
});

describe('the norm of a sum', () => {
  it('refuses shapes that do not fit', () => {
    const parameters = { weight: tf.ones([3]), bias: tf.zeros([3]) };
    expect(() => addNorm(tf.ones([2, 3]), tf.ones([1, 3]), parameters)).toThrow(
      'branch must be of shape [2, 3], not [1, 3]',
    );
    expect(() => addNorm(tf.ones([2, 4]), tf.ones([2, 4]), parameters)).toThrow(
      'weight must be of shape [4], not [3]',
    );
  });
});

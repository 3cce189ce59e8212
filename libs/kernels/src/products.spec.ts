import { describe, expect, it } from 'vitest';
import {
  bytesOf,
  error,
  matrix,
  type Matrix,
  product,
  randomMatrix,
  tensorOf,
  transpose,
  vectorOf,
} from '../test/matrix.ts';
import { resetKernelsAfterEach } from '../test/settings.ts';
import { instructionSets, useInstructionSet, useThreads } from './load.ts';
import { columnSums, matMul } from './products.ts';
import { type Tensor, tf } from './tensorflow.ts';

resetKernelsAfterEach();

/** Rows, depth, columns: single elements, tails of tiles, panels and blocks of the depth, and many rows. */
const sizes = [
  [1, 1, 1],
  [5, 7, 9],
  [13, 64, 64],
  [64, 300, 130],
  [100, 65, 1],
  [1, 513, 200],
  [250, 70, 17],
] as const;
const transposes = [
  { transposeA: false, transposeB: false },
  { transposeA: false, transposeB: true },
  { transposeA: true, transposeB: false },
  { transposeA: true, transposeB: true },
];

describe.each(instructionSets())('matMul on %s', (instructionSet) => {
  it.each(sizes)(
    'multiplies [%i, %i] by [.., %i] as 64-bit numbers do, also transposed',
    (rows, depth, columns) => {
      useInstructionSet(instructionSet);
      const [a, b] = [randomMatrix(rows, depth, 1), randomMatrix(depth, columns, 2)];
      const wanted = product(a, b);
      for (const options of transposes)
        tf.tidy(() => {
          const [left, right] = [
            options.transposeA ? transpose(a) : a,
            options.transposeB ? transpose(b) : b,
          ].map(tensorOf);
          if (!left || !right) throw new RangeError('two factors');
          expect(error(matMul(left, right, options), wanted)).toBeLessThan(2e-6 * Math.sqrt(depth));
          const rounded = matMul(left, right, { ...options, precision: 'bfloat16' });
          expect(error(rounded, wanted)).toBeLessThan(8e-3 * Math.sqrt(depth));
        });
    },
  );

  it.each(sizes)('adds to [%i, %i] by [.., %i] a row for all, or a matrix', (rows, depth, columns) => {
    useInstructionSet(instructionSet);
    const [a, b] = [randomMatrix(rows, depth, 1), randomMatrix(depth, columns, 2)];
    const [row, whole] = [randomMatrix(1, columns, 3), randomMatrix(rows, columns, 4)];
    const wanted = (plus: Matrix) => {
      const { data } = product(a, b);
      return matrix(rows, columns, (at, column) => {
        const start = plus.data[(at % plus.rows) * columns + column] ?? NaN;
        return (data[at * columns + column] ?? NaN) + start;
      });
    };
    tf.tidy(() => {
      const limit = 2e-6 * Math.sqrt(depth);
      const sum = (plus: Tensor) => matMul(tensorOf(a), tensorOf(b), { plus });
      expect(error(sum(vectorOf(row)), wanted(row))).toBeLessThan(limit);
      expect(error(sum(tensorOf(whole)), wanted(whole))).toBeLessThan(limit);
    });
  });

  it.each([
    [1, 1],
    [70, 37],
    [200, 300],
  ])('sums the columns of [%i, %i], with the same bytes on any threads', (rows, columns) => {
    useInstructionSet(instructionSet);
    const x = randomMatrix(rows, columns, 1);
    const outcomes = [1, 2, 4].map((threads) => {
      useThreads(threads);
      return tf.tidy(() => {
        const sums = columnSums(tensorOf(x));
        expect(
          error(
            sums,
            product(
              matrix(1, rows, () => 1),
              x,
            ),
          ),
        ).toBeLessThan(1e-6);
        return bytesOf([sums]);
      });
    });
    expect(new Set(outcomes).size).toBe(1);
  });

  it('rounds factors of bfloat16 to eight bits, to the nearest and to even', () => {
    useInstructionSet(instructionSet);
    const values = [1, 1 + 2 ** -8, 1 + 3 * 2 ** -8, 1 + 2 ** -7, -0.1, 3e38, 1e-30];
    const rounded = [1, 1, 1 + 2 ** -6, 1 + 2 ** -7, -0.10009765625, 3e38, 1e-30];
    const outcome = tf.tidy(() =>
      Array.from(
        matMul(tf.tensor2d(values, [values.length, 1]), tf.ones([1, 1]), {
          precision: 'bfloat16',
        }).dataSync(),
      ),
    );
    outcome.forEach((value, index) => {
      const wanted = rounded[index] ?? NaN;
      expect(Math.abs(value / wanted - 1)).toBeLessThan(index < 5 ? 1e-7 : 2 ** -8);
    });
  });

  it('gives the same bytes with one, two and three threads, and again', () => {
    useInstructionSet(instructionSet);
    for (const [rows, depth, columns] of [
      [301, 530, 99],
      [7, 400, 300],
    ] as const)
      for (const options of transposes)
        tf.tidy(() => {
          const a = tensorOf(
            randomMatrix(options.transposeA ? depth : rows, options.transposeA ? rows : depth, 3),
          );
          const b = tensorOf(
            randomMatrix(options.transposeB ? columns : depth, options.transposeB ? depth : columns, 4),
          );
          for (const precision of ['float32', 'bfloat16'] as const) {
            const outcomes = [1, 2, 3, 1, 2].map((threads) => {
              useThreads(threads);
              return bytesOf([matMul(a, b, { ...options, precision })]);
            });
            expect(new Set(outcomes).size).toBe(1);
          }
        });
  });
});

describe('matMul', () => {
  it('gives zeros for a depth of 0, and nothing for no rows or columns', () => {
    expect(error(matMul(tf.zeros([3, 0]), tf.zeros([0, 4])), matrix(3, 4))).toBe(0);
    expect(matMul(tf.zeros([0, 5]), tf.zeros([5, 4])).shape).toEqual([0, 4]);
    expect(matMul(tf.zeros([2, 5]), tf.zeros([5, 0])).shape).toEqual([2, 0]);
  });

  it('keeps what is not a number', () => {
    const [[value]] = matMul(tf.tensor2d([[NaN, 1]]), tf.tensor2d([[0], [1]])).arraySync() as [[number]];
    expect(value).toBeNaN();
  });

  it('refuses factors that do not fit, and says which', () => {
    expect(() => matMul(tf.zeros([2, 3]), tf.zeros([4, 5]), { transposeB: true })).toThrow(
      'a of shape [2, 3] cannot be multiplied with b of shape [4, 5] (transposed)',
    );
    expect(() => matMul(tf.zeros([2, 3]), tf.zeros([3, 5]), { plus: tf.zeros([2]) })).toThrow(
      'start must be of shape [2, 5] or [5], not [2]',
    );
    expect(() => matMul(tf.zeros([3]), tf.zeros([3, 5]))).toThrow('a must be a matrix, not of shape [3]');
  });
});

describe('useInstructionSet', () => {
  it('refuses one that the processor does not have, and names those that it has', () => {
    expect(() => useInstructionSet('avx10' as 'avx2')).toThrow(
      `The instruction set is "avx10"; this processor has ${instructionSets().join(', ')}.`,
    );
  });
});

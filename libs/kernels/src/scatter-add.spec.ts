import { describe, expect, it } from 'vitest';
import { at, bytesOf, error, matrix, randomMatrix, tensorOf } from '../test/matrix.ts';
import { resetKernelsAfterEach } from '../test/settings.ts';
import { instructionSets, useInstructionSet, useThreads } from './load.ts';
import { scatterAdd } from './scatter-add.ts';
import { tf } from './tensorflow.ts';

resetKernelsAfterEach();

function indicesOf(rows: number, count: number) {
  return Int32Array.from({ length: rows }, (_, row) => (row * 7919 + 3) % count);
}

describe.each(instructionSets())('scatterAdd on %s', (instructionSet) => {
  it.each([
    [1, 1, 1],
    [20, 5, 3],
    [50, 200, 9],
  ])('sums %i rows of %i columns by their indices into a table of %i', (rows, columns, count) => {
    useInstructionSet(instructionSet);
    tf.tidy(() => {
      const [x, indices] = [randomMatrix(rows, columns, 1), indicesOf(rows, count)];
      const wanted = matrix(count, columns, (index, column) =>
        indices.reduce((sum, each, row) => sum + (each === index ? at(x, row, column) : 0), 0),
      );
      const table = scatterAdd(tensorOf(x), tf.tensor1d(indices, 'int32'), count);
      expect(table.shape).toEqual([count, columns]);
      expect(error(table, wanted)).toBeLessThan(1e-6);
    });
  });

  it('gives the same bytes with one, two and four threads', () => {
    useInstructionSet(instructionSet);
    const outcomes = [1, 2, 4].map((threads) => {
      useThreads(threads);
      return tf.tidy(() =>
        bytesOf([
          scatterAdd(tensorOf(randomMatrix(301, 201, 2)), tf.tensor1d(indicesOf(301, 20), 'int32'), 25),
        ]),
      );
    });
    expect(new Set(outcomes).size).toBe(1);
  });
});

describe('scatterAdd', () => {
  it('gives zeros for no rows', () => {
    const table = scatterAdd(tf.zeros([0, 2]), tf.tensor1d([], 'int32'), 2);
    expect(Array.from(table.dataSync())).toEqual([0, 0, 0, 0]);
  });

  it('refuses indices that the table does not have', () => {
    const add = (...indices: number[]) => scatterAdd(tf.zeros([2, 3]), tf.tensor1d(indices, 'int32'), 4);
    expect(() => add(0, 4)).toThrow("index 4 of row 1 is none of the table's 4");
    expect(() => add(-1, 0)).toThrow('index -1 of row 0');
    expect(() => add(0)).toThrow('indices must be of shape [2], not [1]');
  });
});

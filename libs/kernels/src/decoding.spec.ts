import { describe, expect, it } from 'vitest';
import {
  at,
  bytesOf,
  error,
  type Matrix,
  matrix,
  product,
  randomMatrix,
  scaled,
  tensorOf,
  transpose,
  vectorOf,
} from '../test/matrix.ts';
import { resetKernelsAfterEach } from '../test/settings.ts';
import { gruStep, lstmStep, pack, packedProduct, topTokens } from './decoding.ts';
import { gru } from './gru.ts';
import { instructionSets, type Precision, useInstructionSet, useThreads } from './load.ts';
import { lstm } from './lstm.ts';
import { type Tensor, tf } from './tensorflow.ts';

resetKernelsAfterEach();

const precisions: readonly Precision[] = ['float32', 'bfloat16'];

/** Rows [start, end) of a matrix. */
const rowsOf = (all: Matrix, start: number, end: number) =>
  matrix(end - start, all.columns, (row, column) => at(all, start + row, column));

/** Rows, input and hidden units of a layer: single units, tails of vectors and tiles, and many rows. */
const layers = [
  [1, 1, 1],
  [5, 3, 7],
  [13, 33, 20],
  [70, 64, 48],
  [100, 10, 130],
] as const;

describe.each(instructionSets())('generation on %s', (instructionSet) => {
  it.each([
    [1, 1, 1],
    [5, 7, 9],
    [64, 300, 130],
    [100, 65, 17],
    [3, 1030, 64],
  ] as const)(
    'multiplies [%i, %i] by packed weights of %i columns and adds a bias',
    (rows, depth, columns) => {
      useInstructionSet(instructionSet);
      const [a, b] = [randomMatrix(rows, depth, 1), randomMatrix(depth, columns, 2)];
      const bias = randomMatrix(1, columns, 3);
      const factors = product(a, b);
      const wanted = matrix(rows, columns, (row, column) => at(factors, row, column) + at(bias, 0, column));
      for (const precision of precisions)
        tf.tidy(() => {
          const sum = (packed: Tensor) => packedProduct(tensorOf(a), packed, vectorOf(bias), precision);
          const [plain, transposed] = [
            sum(pack(tensorOf(b), { precision })),
            sum(pack(tensorOf(transpose(b)), { transposed: true, precision })),
          ];
          const tolerance = precision === 'float32' ? 2e-6 : 8e-3;
          expect(error(plain, wanted)).toBeLessThan(tolerance * Math.sqrt(depth));
          expect(bytesOf([transposed])).toBe(bytesOf([plain]));
        });
    },
  );

  it.each(layers)(
    'takes one step of an LSTM with the bytes of a whole layer: %i rows, %i → %i',
    (rows, input, hidden) => {
      useInstructionSet(instructionSet);
      const kernel = scaled(randomMatrix(input + hidden, 4 * hidden, 2), 1.5 / Math.sqrt(input + hidden));
      const [x, h, c] = [
        randomMatrix(rows, input, 1),
        randomMatrix(rows, hidden, 4),
        randomMatrix(rows, hidden, 5),
      ].map(tensorOf);
      if (!x || !h || !c) throw new RangeError('three tensors');
      const bias = vectorOf(randomMatrix(1, 4 * hidden, 3));
      for (const precision of precisions)
        tf.tidy(() => {
          const whole = lstm(
            { x, kernel: tensorOf(kernel), h0: h, c0: c, rows: tf.tensor1d([rows], 'int32') },
            bias,
            precision,
          );
          const packed = (start: number, end: number) =>
            pack(tensorOf(rowsOf(kernel, start, end)), { gates: 4, precision });
          const inputs = {
            x,
            h,
            inputWeight: packed(0, input),
            recurrentWeight: packed(input, input + hidden),
          };
          const outcomes = [1, 2, 3].map((threads) => {
            useThreads(threads);
            const step = lstmStep(inputs, bias, c, precision);
            return bytesOf([step.h, step.c]);
          });
          expect(new Set(outcomes)).toEqual(new Set([bytesOf([whole.h, whole.c])]));
        });
      tf.dispose([x, h, c, bias]);
    },
  );

  it.each(layers)(
    'takes one step of a GRU with the bytes of a whole layer: %i rows, %i → %i',
    (rows, input, hidden) => {
      useInstructionSet(instructionSet);
      const [x, h, inputWeight, recurrentWeight] = [
        randomMatrix(rows, input, 1),
        randomMatrix(rows, hidden, 2),
        randomMatrix(3 * hidden, input, 3),
        randomMatrix(3 * hidden, hidden, 4),
      ].map(tensorOf);
      if (!x || !h || !inputWeight || !recurrentWeight) throw new RangeError('four tensors');
      const biases = {
        input: vectorOf(randomMatrix(1, 3 * hidden, 5)),
        recurrent: vectorOf(randomMatrix(1, 3 * hidden, 6)),
      };
      for (const precision of precisions)
        tf.tidy(() => {
          const steps = tf.tensor1d([rows], 'int32');
          const whole = gru({ x, inputWeight, recurrentWeight, h0: h, rows: steps }, biases, precision);
          const packed = (weight: Tensor) => pack(weight, { gates: 3, transposed: true, precision });
          const inputs = { x, h, inputWeight: packed(inputWeight), recurrentWeight: packed(recurrentWeight) };
          const outcomes = [1, 2, 3].map((threads) => {
            useThreads(threads);
            return bytesOf([gruStep(inputs, biases, precision)]);
          });
          expect(new Set(outcomes)).toEqual(new Set([bytesOf([whole.h])]));
        });
      tf.dispose([x, h, inputWeight, recurrentWeight, biases.input, biases.recurrent]);
    },
  );

  it.each([
    [1, 1, 1],
    [3, 5, 5],
    [7, 16, 3],
    [9, 100, 4],
    [5, 1003, 64],
  ])('finds of %i rows over %i tokens the %i likeliest', (rows, vocabulary, count) => {
    useInstructionSet(instructionSet);
    const logits = scaled(randomMatrix(rows, vocabulary, 1), 8);
    tf.tidy(() => {
      const { ids, logProbabilities } = topTokens(tensorOf(logits), count);
      const wanted = Array.from({ length: rows }, (_, row) => likeliest(logits, row).slice(0, count)).flat();
      expect([...ids.dataSync()]).toEqual(wanted.map(({ id }) => id));
      expect(
        error(
          logProbabilities,
          wanted.map(({ logProbability }) => logProbability),
        ),
      ).toBeLessThan(4e-6);
    });
  });

  it('takes the lower id of equal tokens, and none that is excluded while there are others', () => {
    useInstructionSet(instructionSet);
    const row = Array.from({ length: 40 }, (_, id) => (id % 7 === 3 ? 2 : 0));
    tf.tidy(() => {
      const logits = tf.tensor2d([row]);
      expect([...topTokens(logits, 7).ids.dataSync()]).toEqual([3, 10, 17, 24, 31, 38, 0]);
      expect([...topTokens(logits, 3, 3).ids.dataSync()]).toEqual([10, 17, 24]);
      const { ids, logProbabilities } = topTokens(tf.tensor2d([[1, 5]]), 2, 1);
      expect([...ids.dataSync()]).toEqual([0, 1]);
      const [first, second] = logProbabilities.dataSync();
      expect(first).toBeCloseTo(-4 - Math.log1p(Math.exp(-4)), 5);
      expect(second).toBe(-Infinity);
    });
  });
});

describe('packed weights', () => {
  it('of other sizes or another precision are refused', () => {
    tf.tidy(() => {
      const [a, b, bias] = [tf.ones([2, 40]), tf.ones([40, 64]), tf.zeros([64])];
      expect(() => packedProduct(a, b, bias)).toThrow('packed must be of shape');
      expect(() => packedProduct(a, pack(b, { precision: 'bfloat16' }), bias)).toThrow(
        'packed must be of shape',
      );
      expect(() => pack(tf.ones([4, 10]), { gates: 4 })).toThrow('10 columns are not those of 4 gates');
    });
  });

  it('serve as many rows as there are', () => {
    tf.tidy(() => {
      const none = packedProduct(tf.zeros([0, 5]), pack(tf.ones([5, 3])), tf.zeros([3]));
      expect(none.shape).toEqual([0, 3]);
    });
  });
});

/** All tokens of a row, by probability and then by id. */
function likeliest(logits: Matrix, row: number): { id: number; logProbability: number }[] {
  const ids = Array.from({ length: logits.columns }, (_, id) => id);
  const logTotal = Math.log(ids.reduce((sum, id) => sum + Math.exp(at(logits, row, id)), 0));
  return ids
    .map((id) => ({ id, logProbability: at(logits, row, id) - logTotal }))
    .sort((a, b) => b.logProbability - a.logProbability || a.id - b.id);
}

import { describe, expect, it } from 'vitest';
import { differences, inner } from '../test/derivatives.ts';
import {
  bytesOf,
  error,
  type Matrix,
  matrix,
  randomMatrix,
  scaled,
  tensorOf,
  vectorOf,
} from '../test/matrix.ts';
import { limits, resetKernelsAfterEach } from '../test/settings.ts';
import { type GruCase, referenceGru } from '../test/reference-gru.ts';
import { gru, gruGradient } from './gru.ts';
import { instructionSets, type Precision, useInstructionSet, useThreads } from './load.ts';
import { type Tensor, tf } from './tensorflow.ts';

resetKernelsAfterEach();

function gruCase(batch: number, input: number, hidden: number, rows: readonly number[]): GruCase {
  const positions = rows.reduce((sum, count) => sum + count, 0);
  return {
    x: randomMatrix(positions, input, 1),
    inputWeight: scaled(randomMatrix(3 * hidden, input, 2), 1.5 / Math.sqrt(input)),
    recurrentWeight: scaled(randomMatrix(3 * hidden, hidden, 3), 1.5 / Math.sqrt(hidden)),
    inputBias: randomMatrix(1, 3 * hidden, 4),
    recurrentBias: randomMatrix(1, 3 * hidden, 5),
    h0: randomMatrix(batch, hidden, 6),
    rows,
  };
}

/** Forward and backward by the kernels: h and the six gradients. */
function run(
  each: GruCase,
  dH: Matrix,
  dHFinal: Matrix = matrix(0, each.h0.columns),
  precision: Precision = 'float32',
): Tensor[] {
  const inputs = {
    x: tensorOf(each.x),
    inputWeight: tensorOf(each.inputWeight),
    recurrentWeight: tensorOf(each.recurrentWeight),
    h0: tensorOf(each.h0),
    rows: tf.tensor1d([...each.rows], 'int32'),
  };
  const biases = { input: vectorOf(each.inputBias), recurrent: vectorOf(each.recurrentBias) };
  const outputs = gru(inputs, biases, precision);
  const outputGradients = { dH: tensorOf(dH), dHFinal: tensorOf(dHFinal) };
  return [outputs.h, ...Object.values(gruGradient(inputs, outputs, outputGradients, precision))];
}

describe.each(instructionSets())('gru on %s', (instructionSet) => {
  it.each([
    { batch: 1, input: 1, hidden: 1, rows: [1] },
    { batch: 5, input: 3, hidden: 7, rows: [5, 5, 4, 1] },
    { batch: 4, input: 33, hidden: 20, rows: [3, 2, 2] },
    { batch: 110, input: 10, hidden: 48, rows: [110, 64, 9] },
    { batch: 3, input: 4, hidden: 16, rows: [3, 1, 0] },
  ])('computes the states of the reference: %j', ({ batch, input, hidden, rows }) => {
    useInstructionSet(instructionSet);
    const each = gruCase(batch, input, hidden, rows);
    tf.tidy(() => {
      const [h] = run(each, matrix(each.x.rows, hidden));
      expect(h && error(h, referenceGru(each))).toBeLessThan(2e-6);
    });
  });

  it('gives the same bytes with one, two and three threads, and again', () => {
    useInstructionSet(instructionSet);
    const each = gruCase(37, 21, 50, [37, 37, 30, 12, 1]);
    const dH = randomMatrix(each.x.rows, 50, 6);
    for (const precision of ['float32', 'bfloat16'] as const) {
      const outcomes = [1, 2, 3, 1, 2].map((threads) => {
        useThreads(threads);
        return tf.tidy(() => bytesOf(run(each, dH, undefined, precision)));
      });
      expect(new Set(outcomes).size).toBe(1);
    }
  });
});

describe('gru', () => {
  it.each([
    { batch: 4, input: 3, hidden: 5, rows: [3, 3, 1], finalRows: 0 },
    { batch: 3, input: 2, hidden: 6, rows: [3, 3, 2], finalRows: 2 },
    { batch: 2, input: 5, hidden: 17, rows: [2, 1, 1], finalRows: 1 },
    { batch: 2, input: 3, hidden: 4, rows: [2], finalRows: 1 },
  ])(
    'has the gradients of finite differences, of the final state too, on every instruction set: %j',
    (size) => {
      const { batch, input, hidden, rows, finalRows } = size;
      const each = gruCase(batch, input, hidden, rows);
      const [dH, dHFinal] = [randomMatrix(each.x.rows, hidden, 7), randomMatrix(finalRows, hidden, 8)];
      const lastStep = each.x.rows - (rows.at(-1) ?? 0);
      const wanted = [
        each.x,
        each.inputWeight,
        each.recurrentWeight,
        each.inputBias,
        each.recurrentBias,
        each.h0,
      ].map((of) =>
        differences(of, () => {
          const h = referenceGru(each);
          return inner(h, dH) + inner(h, dHFinal, lastStep);
        }),
      );
      for (const set of instructionSets())
        for (const { precision, limit } of limits)
          tf.tidy(() => {
            useInstructionSet(set);
            const [, ...gradients] = run(each, dH, dHFinal, precision);
            gradients.forEach((gradient, index) =>
              expect(
                error(gradient, wanted[index] ?? []),
                `gradient ${index}, ${set}, ${precision}`,
              ).toBeLessThan(limit),
            );
          });
    },
  );

  it('has zero gradients where nothing ran', () => {
    tf.tidy(() => {
      for (const gradient of run(gruCase(3, 4, 5, []), matrix(0, 5)))
        expect(error(gradient, new Float32Array(gradient.size))).toBe(0);
    });
  });

  it('refuses shapes that do not fit, each in a sentence', () => {
    const each = gruCase(3, 4, 5, [3, 2]);
    const refusal = (change: Partial<GruCase>) => () => run({ ...each, ...change }, matrix(each.x.rows, 5));
    expect(refusal({ inputWeight: matrix(4, 15) })).toThrow(
      'input_weight must be of shape [15, 4], not [4, 15]',
    );
    expect(refusal({ recurrentWeight: matrix(15, 4) })).toThrow(
      'recurrent_weight must be of shape [15, 5], not [15, 4]',
    );
    expect(refusal({ inputBias: matrix(1, 5) })).toThrow('input_bias must be of shape [15], not [5]');
    expect(refusal({ rows: [2, 3] })).toThrow('rows must end, not begin');
    expect(() => run(each, matrix(5, 5), matrix(3, 5))).toThrow(
      'dh_final has 3 rows, the last time step has 2',
    );
    expect(() => run(each, matrix(5, 5), matrix(1, 4))).toThrow('dh_final must have 5 columns, not 4');
  });
});

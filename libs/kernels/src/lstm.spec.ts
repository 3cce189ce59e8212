import { describe, expect, it } from 'vitest';
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
import { differences, inner } from '../test/derivatives.ts';
import { type LstmCase, referenceLstm } from '../test/reference-lstm.ts';
import { instructionSets, type Precision, useInstructionSet, useThreads } from './load.ts';
import { lstm, lstmGradient } from './lstm.ts';
import { attributes, dataTypes, float, runKernelForAll, type Tensor, tf } from './tensorflow.ts';

resetKernelsAfterEach();

function lstmCase(batch: number, input: number, hidden: number, rows: readonly number[]): LstmCase {
  const positions = rows.reduce((sum, count) => sum + count, 0);
  return {
    x: randomMatrix(positions, input, 1),
    kernel: scaled(randomMatrix(input + hidden, 4 * hidden, 2), 1.5 / Math.sqrt(input + hidden)),
    bias: randomMatrix(1, 4 * hidden, 3),
    h0: randomMatrix(batch, hidden, 4),
    c0: randomMatrix(batch, hidden, 5),
    rows,
  };
}

interface FinalGradients {
  readonly dHFinal: Matrix;
  readonly dCFinal: Matrix;
}

const noFinal = (hidden: number): FinalGradients => ({
  dHFinal: matrix(0, hidden),
  dCFinal: matrix(0, hidden),
});

/** Forward and backward by the kernels: h, c and the five gradients. */
function run(
  each: LstmCase,
  dH: Matrix,
  { dHFinal, dCFinal }: FinalGradients = noFinal(each.h0.columns),
  precision: Precision = 'float32',
): Tensor[] {
  const [x, kernel, h0, c0] = [each.x, each.kernel, each.h0, each.c0].map(tensorOf);
  if (!x || !kernel || !h0 || !c0) throw new RangeError('four tensors');
  const inputs = { x, kernel, h0, c0, rows: tf.tensor1d([...each.rows], 'int32') };
  const outputs = lstm(inputs, vectorOf(each.bias), precision);
  const gradients = lstmGradient(
    inputs,
    outputs,
    { dH: tensorOf(dH), dHFinal: tensorOf(dHFinal), dCFinal: tensorOf(dCFinal) },
    precision,
  );
  return [outputs.h, outputs.c, ...Object.values(gradients)];
}

describe.each(instructionSets())('lstm on %s', (instructionSet) => {
  it.each([
    { batch: 1, input: 1, hidden: 1, rows: [1] },
    { batch: 5, input: 3, hidden: 7, rows: [5, 5, 4, 1] },
    { batch: 4, input: 33, hidden: 20, rows: [3, 2, 2] },
    { batch: 70, input: 10, hidden: 64, rows: [70, 64, 9] },
    { batch: 3, input: 4, hidden: 16, rows: [3, 1, 0] },
    { batch: 20, input: 64, hidden: 48, rows: [20] },
  ])('computes the states of the reference: %j', ({ batch, input, hidden, rows }) => {
    useInstructionSet(instructionSet);
    const each = lstmCase(batch, input, hidden, rows);
    const wanted = referenceLstm(each);
    tf.tidy(() => {
      const [h, c] = run(each, matrix(each.x.rows, hidden));
      if (!h || !c) throw new RangeError('two states');
      expect(error(h, wanted.h)).toBeLessThan(2e-6);
      expect(error(c, wanted.c)).toBeLessThan(2e-6);
    });
  });

  it('gives the same bytes with one, two and three threads, and again', () => {
    useInstructionSet(instructionSet);
    const each = lstmCase(37, 21, 50, [37, 37, 30, 12, 1]);
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

describe('lstm', () => {
  it.each([
    { batch: 4, input: 3, hidden: 5, rows: [3, 3, 1], finalRows: 0 },
    { batch: 3, input: 2, hidden: 6, rows: [3, 3, 2], finalRows: 2 },
    { batch: 2, input: 5, hidden: 17, rows: [2, 1, 1], finalRows: 1 },
    { batch: 2, input: 3, hidden: 4, rows: [2], finalRows: 1 },
  ])(
    'has the gradients of finite differences, of the final state too, on every instruction set: %j',
    (size) => {
      const { batch, input, hidden, rows, finalRows } = size;
      const each = lstmCase(batch, input, hidden, rows);
      const dH = randomMatrix(each.x.rows, hidden, 6);
      const final = {
        dHFinal: randomMatrix(finalRows, hidden, 7),
        dCFinal: randomMatrix(finalRows, hidden, 8),
      };
      const lastStep = each.x.rows - (rows.at(-1) ?? 0);
      const loss = () => {
        const { h, c } = referenceLstm(each);
        return inner(h, dH) + inner(h, final.dHFinal, lastStep) + inner(c, final.dCFinal, lastStep);
      };
      const wanted = [each.x, each.kernel, each.bias, each.h0, each.c0].map((of) => differences(of, loss));
      for (const set of instructionSets())
        for (const { precision, limit } of limits)
          tf.tidy(() => {
            useInstructionSet(set);
            const [, , ...gradients] = run(each, dH, final, precision);
            gradients.forEach((gradient, index) =>
              expect(
                error(gradient, wanted[index] ?? []),
                `gradient ${index}, ${set}, ${precision}`,
              ).toBeLessThan(limit),
            );
          });
    },
  );

  it('agrees with TensorFlow’s BlockLSTM', () => {
    const [time, batch, input, hidden] = [6, 24, 40, 72];
    const each = lstmCase(batch, input, hidden, new Array<number>(time).fill(batch));
    tf.tidy(() => {
      const x = tensorOf(each.x).reshape([time, batch, input]);
      const peephole = tf.zeros([hidden]);
      const steps = tf.tensor1d([time], 'int32');
      const limit = runKernelForAll(
        'Cast',
        [
          attributes.type('SrcT', dataTypes.int32),
          attributes.type('DstT', dataTypes.int64),
          attributes.bool('Truncate', false),
        ],
        [steps.reshape([])],
        1,
      )[0];
      const [, c, , , , , h] = runKernelForAll(
        'BlockLSTM',
        [
          attributes.float('forget_bias', 0),
          attributes.float('cell_clip', -1),
          attributes.bool('use_peephole', false),
          float,
        ],
        [
          limit,
          x,
          tensorOf(each.c0),
          tensorOf(each.h0),
          tensorOf(each.kernel),
          peephole,
          peephole,
          peephole,
          vectorOf(each.bias),
        ],
        7,
      );
      const [ownH, ownC] = run(each, matrix(each.x.rows, hidden));
      if (!ownH || !ownC) throw new RangeError('two states');
      expect(error(ownH, h.dataSync())).toBeLessThan(2e-6);
      expect(error(ownC, c.dataSync())).toBeLessThan(4e-6);
    });
  });

  it('has zero gradients where nothing ran', () => {
    tf.tidy(() => {
      const each = lstmCase(3, 4, 5, []);
      for (const gradient of run(each, matrix(0, 5)))
        expect(error(gradient, new Float32Array(gradient.size))).toBe(0);
    });
  });

  it('leaves states that are not numbers visible', () => {
    tf.tidy(() => {
      const each = lstmCase(2, 3, 4, [2, 2]);
      each.x.data[0] = NaN;
      const [h] = run(each, matrix(4, 4));
      expect(Array.from(h?.dataSync() ?? []).map(Number.isNaN)).toEqual(
        [true, false, true, false].flatMap((row) => new Array<boolean>(4).fill(row)),
      );
    });
  });

  it('refuses shapes that do not fit, each in a sentence', () => {
    const each = lstmCase(3, 4, 5, [3, 2]);
    const refusal = (change: Partial<LstmCase>) => () => run({ ...each, ...change }, matrix(each.x.rows, 5));
    expect(refusal({ kernel: matrix(9, 19) })).toThrow('kernel must be of shape [9, 20], not [9, 19]');
    expect(refusal({ c0: matrix(2, 5) })).toThrow('c0 must be of shape [3, 5], not [2, 5]');
    expect(refusal({ bias: matrix(1, 5) })).toThrow('bias must be of shape [20], not [5]');
    expect(refusal({ rows: [2, 3] })).toThrow(
      'time step 1 has 3 rows after one of 2; rows must end, not begin',
    );
    expect(refusal({ rows: [4, 1] })).toThrow('time step 0 has 4 rows after one of 3');
    expect(refusal({ rows: [3, 1] })).toThrow('rows add up to 4 positions, but x has 5');
    expect(refusal({ rows: [3, -1] })).toThrow('a time step has -1 rows');
    expect(() => run(each, matrix(4, 5))).toThrow('dh must be of shape [5, 5], not [4, 5]');
    const final = { dHFinal: matrix(3, 5), dCFinal: matrix(3, 5) };
    expect(() => run(each, matrix(5, 5), final)).toThrow('dh_final has 3 rows, the last time step has 2');
  });
});

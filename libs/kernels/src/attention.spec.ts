import { describe, expect, it } from 'vitest';
import { differences, inner } from '../test/derivatives.ts';
import { bytesOf, error, type Matrix, randomMatrix, tensorOf } from '../test/matrix.ts';
import { type AttentionCase, referenceAttention } from '../test/reference-attention.ts';
import { resetKernelsAfterEach } from '../test/settings.ts';
import { attention, type AttentionGradients, attentionGradient, type AttentionOutputs } from './attention.ts';
import { instructionSets, useInstructionSet, useThreads } from './load.ts';
import { type Tensor, tf } from './tensorflow.ts';

resetKernelsAfterEach();

function attentionCase(hidden: number, tokens: readonly number[], rows: readonly number[]): AttentionCase {
  const positions = rows.reduce((sum, count) => sum + count, 0);
  const length = Math.max(...tokens);
  return {
    query: randomMatrix(positions, hidden, 1),
    encoded: tokens.map((_, row) => randomMatrix(length, hidden, 2 + row)),
    tokens,
    rows,
  };
}

/** Rows of unequal length on both sides, one that the decoder does not run, and sizes that fill no vector. */
const cases = [
  attentionCase(1, [1], [1]),
  attentionCase(5, [3, 1, 4], [3, 2, 1]),
  attentionCase(37, [6, 17, 2], [2, 2, 1]),
];

function stacked(matrices: readonly Matrix[]): Tensor {
  return tf.stack(matrices.map(tensorOf));
}

function inputsOf({ query, encoded, rows }: AttentionCase) {
  return { query: tensorOf(query), encoded: stacked(encoded), rows: tf.tensor1d([...rows], 'int32') };
}

function maskOf({ tokens, encoded }: AttentionCase): Tensor {
  const length = encoded[0]?.rows ?? 0;
  const mask = tokens.map((count) => [Array.from({ length }, (_, token) => (token < count ? 0 : -1e9))]);
  return tf.tensor3d(mask);
}

function run(each: AttentionCase, dContext: Matrix): AttentionOutputs & AttentionGradients {
  const inputs = inputsOf(each);
  const outputs = attention(inputs, maskOf(each));
  return { ...outputs, ...attentionGradient(inputs, outputs.shares, tensorOf(dContext)) };
}

describe.each(instructionSets())('attention on %s', (instructionSet) => {
  it.each(cases)('of $rows rows to $tokens tokens is the definition’s, with its gradient', (each) => {
    useInstructionSet(instructionSet);
    tf.tidy(() => {
      const dContext = randomMatrix(each.query.rows, each.query.columns, 99);
      const outputs = run(each, dContext);
      const wanted = referenceAttention(each);
      expect(error(outputs.context, wanted.context)).toBeLessThan(1e-6);
      expect(error(outputs.shares, wanted.shares)).toBeLessThan(1e-6);
      const loss = () => inner(dContext, referenceAttention(each).context);
      expect(error(outputs.dQuery, differences(each.query, loss))).toBeLessThan(3e-6);
      each.encoded.forEach((encoded, row) => {
        const dRow = outputs.dEncoded.slice([row], [1]);
        expect(error(dRow, differences(encoded, loss))).toBeLessThan(3e-6);
      });
    });
  });

  it('gives the same bytes with one, two and four threads', () => {
    useInstructionSet(instructionSet);
    const each = attentionCase(70, [20, 17, 33, 2], [4, 3, 2]);
    const outcomes = [1, 2, 4].map((threads) => {
      useThreads(threads);
      return tf.tidy(() => bytesOf(Object.values(run(each, randomMatrix(9, 70, 5)))));
    });
    expect(new Set(outcomes).size).toBe(1);
  });
});

describe('attention', () => {
  it('survives scores far from zero, and pays padding no attention whatever stands there', () => {
    tf.tidy(() => {
      const { context, shares } = attention(
        {
          query: tf.tensor2d([[100]]),
          encoded: tf.tensor3d([[[1], [2], [900]]]),
          rows: tf.tensor1d([1], 'int32'),
        },
        tf.tensor3d([[[0, 0, -1e9]]]),
      );
      expect(Array.from(shares.dataSync())).toEqual([expect.closeTo(0, 12), 1, 0]);
      expect(Array.from(context.dataSync())).toEqual([2]);
    });
  });

  it('refuses shapes that do not fit', () => {
    const inputs = inputsOf(attentionCase(5, [3, 1], [2, 1]));
    const mask = tf.zeros([2, 1, 3]);
    expect(() => attention({ ...inputs, encoded: tf.zeros([2, 3, 4]) }, mask)).toThrow(
      'encoded must be of shape [batch, length, 5], not [2, 3, 4]',
    );
    expect(() => attention(inputs, tf.zeros([2, 1, 4]))).toThrow('mask must be of shape [2, 1, 3]');
    expect(() => attention({ ...inputs, rows: tf.tensor1d([3], 'int32') }, mask)).toThrow(
      'time step 0 has 3 rows after one of 2',
    );
    expect(() => attentionGradient(inputs, tf.zeros([3, 2]), tf.zeros([3, 5]))).toThrow(
      'shares must be of shape [3, 3], not [3, 2]',
    );
  });
});

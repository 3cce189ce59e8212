import { describe, expect, it } from 'vitest';
import { differences, inner } from '../test/derivatives.ts';
import { bytesOf, error, matrix, type Matrix, randomMatrix, scaled, tensorOf } from '../test/matrix.ts';
import { resetKernelsAfterEach } from '../test/settings.ts';
import { activation, activationGradient, type ActivationName } from './activation.ts';
import { dropout } from './dropout.ts';
import { instructionSets, useInstructionSet, useThreads } from './load.ts';
import { tf } from './tensorflow.ts';

resetKernelsAfterEach();

/** The error function by its series, which converges everywhere. */
function erf(x: number): number {
  let [term, sum] = [x, x];
  for (let n = 1; n < 200; n += 1) {
    term *= -(x * x) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}

const definitions: Readonly<Record<ActivationName, (x: number) => number>> = {
  swish: (x) => x / (1 + Math.exp(-x)),
  relu: (x) => Math.max(x, 0),
  gelu: (x) => (x / 2) * (1 + erf(x / Math.SQRT2)),
};
const names = ['swish', 'relu', 'gelu'] as const;

function applied(x: Matrix, name: ActivationName): Matrix {
  return matrix(x.rows, x.columns, (row, column) =>
    definitions[name](x.data[row * x.columns + column] ?? NaN),
  );
}

describe.each(instructionSets())('activations on %s', (instructionSet) => {
  it.each(names)('%s is the definition’s between -5 and 5, with its gradient', (name) => {
    useInstructionSet(instructionSet);
    tf.tidy(() => {
      const x = scaled(randomMatrix(7, 67, 1), 5);
      const dOut = randomMatrix(7, 67, 2);
      expect(error(activation(tensorOf(x), name), applied(x, name))).toBeLessThan(3e-7);
      const wanted = differences(x, () => inner(dOut, applied(x, name)));
      expect(error(activationGradient(tensorOf(x), name, tensorOf(dOut)), wanted)).toBeLessThan(1e-6);
    });
  });

  it.each(names)('%s with dropout is dropout of what it gives, both ways, on any threads', (name) => {
    useInstructionSet(instructionSet);
    const options = { rate: 0.3, key: [7, 8] } as const;
    const outcomes = [1, 2, 4].map((threads) => {
      useThreads(threads);
      return tf.tidy(() => {
        const [x, dOut] = [tensorOf(randomMatrix(301, 67, 1)), tensorOf(randomMatrix(301, 67, 2))];
        const bytes = bytesOf([activation(x, name, options), activationGradient(x, name, dOut, options)]);
        const alone = [
          dropout(activation(x, name), options),
          activationGradient(x, name, dropout(dOut, options)),
        ];
        expect(bytes).toBe(bytesOf(alone));
        return bytes;
      });
    });
    expect(new Set(outcomes).size).toBe(1);
  });
});

describe('activations', () => {
  it.each(names)('%s survives numbers far from zero', (name) => {
    tf.tidy(() => {
      const x = tf.tensor1d([-1e4, 1e4]);
      expect(Array.from(activation(x, name).dataSync())).toEqual([expect.closeTo(0, 6), 1e4]);
      const slopes = Array.from(activationGradient(x, name, tf.ones([2])).dataSync());
      expect(slopes).toEqual([expect.closeTo(0, 6), expect.closeTo(1, 6)]);
    });
  });

  it('refuses a gradient of another shape', () => {
    expect(() => activationGradient(tf.ones([2]), 'relu', tf.ones([3]))).toThrow(
      'dout must be of shape [2], not [3]',
    );
  });
});

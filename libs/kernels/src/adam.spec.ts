import { describe, expect, it } from 'vitest';
import { bytesOf, error, matrix, type Matrix, randomMatrix, tensorOf } from '../test/matrix.ts';
import { resetKernelsAfterEach } from '../test/settings.ts';
import { type AdamParameter, type AdamSettings, applyAdam, squaredNorm } from './adam.ts';
import { instructionSets, useInstructionSet, useThreads } from './load.ts';
import { tf } from './tensorflow.ts';

resetKernelsAfterEach();

/** Adam as PyTorch's documentation states it, in 64 bits. */
class ReferenceAdam {
  private readonly m: Float64Array;
  private readonly v: Float64Array;

  constructor(private readonly value: Matrix) {
    this.m = new Float64Array(value.data.length);
    this.v = new Float64Array(value.data.length);
  }

  update(gradient: Matrix, { learningRate, step, weightDecay = 0, gradientFactor = 1 }: AdamSettings): void {
    const [beta1, beta2] = [Math.fround(0.9), Math.fround(0.999)];
    this.value.data.forEach((value, index) => {
      const g = (gradient.data[index] ?? NaN) * gradientFactor;
      const m = beta1 * (this.m[index] ?? NaN) + (1 - beta1) * g;
      const v = beta2 * (this.v[index] ?? NaN) + (1 - beta2) * g ** 2;
      [this.m[index], this.v[index]] = [m, v];
      const [mHat, vHat] = [m / (1 - beta1 ** step), v / (1 - beta2 ** step)];
      this.value.data[index] =
        value - learningRate * weightDecay * value - (learningRate * mHat) / (Math.sqrt(vHat) + 1e-8);
    });
  }
}

function parameterOf(value: Matrix, gradient: Matrix): AdamParameter {
  const zeros = matrix(value.rows, value.columns);
  return {
    value: tensorOf(value),
    firstMoment: tensorOf(zeros),
    secondMoment: tensorOf(zeros),
    gradient: tensorOf(gradient),
  };
}

const shapes = [
  [1, 1],
  [3, 7],
  [130, 129],
] as const;

describe.each(instructionSets())('applyAdam on %s', (instructionSet) => {
  it('moves all parameters as PyTorch does, decays weights and scales gradients', () => {
    useInstructionSet(instructionSet);
    const values = shapes.map(([rows, columns], index) => randomMatrix(rows, columns, index));
    const references = values.map((value) => new ReferenceAdam(value));
    const parameters = values.map((value) => parameterOf(value, value));
    for (let step = 1; step <= 5; step += 1) {
      const settings = { learningRate: Math.fround(0.01), step, weightDecay: 0.125, gradientFactor: 0.5 };
      const gradients = shapes.map(([rows, columns], index) =>
        randomMatrix(rows, columns, 10 * step + index),
      );
      references.forEach((reference, index) => reference.update(gradients[index] ?? matrix(0, 0), settings));
      tf.tidy(() =>
        applyAdam(
          parameters.map((each, index) => ({
            ...each,
            gradient: tensorOf(gradients[index] ?? matrix(0, 0)),
          })),
          settings,
        ),
      );
    }
    parameters.forEach(({ value }, index) => expect(error(value, values[index] ?? [])).toBeLessThan(1e-6));
  });

  it('gives the same bytes with one, two and three threads, and again', () => {
    useInstructionSet(instructionSet);
    const outcomes = [1, 2, 3, 1, 2].map((threads) => {
      useThreads(threads);
      return tf.tidy(() => {
        const each = parameterOf(randomMatrix(300, 101, 1), randomMatrix(300, 101, 2));
        applyAdam([each, parameterOf(randomMatrix(5, 5, 3), randomMatrix(5, 5, 4))], {
          learningRate: 0.1,
          step: 1,
        });
        return bytesOf([
          each.value,
          each.firstMoment,
          each.secondMoment,
          squaredNorm([each.value, each.gradient]),
        ]);
      });
    });
    expect(new Set(outcomes).size).toBe(1);
  });
});

describe('applyAdam', () => {
  it('is as exact where gradients are as small as epsilon', () => {
    const sizes = [1, -0.3, 1e-4, 2e-8];
    const moved = matrix(1, sizes.length);
    const reference = new ReferenceAdam(moved);
    const parameter = parameterOf(moved, moved);
    for (let step = 1; step <= 5; step += 1) {
      const gradient = matrix(1, sizes.length, (_, column) =>
        Math.fround((sizes[column] ?? NaN) * (1 + Math.sin(step) / 2)),
      );
      reference.update(gradient, { learningRate: Math.fround(0.01), step });
      applyAdam([{ ...parameter, gradient: tensorOf(gradient) }], { learningRate: 0.01, step });
    }
    const values = parameter.value.dataSync();
    moved.data.forEach((wanted, index) => expect((values[index] ?? NaN) / wanted).toBeCloseTo(1, 5.5));
  });

  it('refuses moments and gradients of another shape, and a step before the first', () => {
    const each = parameterOf(matrix(2, 3), matrix(2, 3));
    const settings = { learningRate: 1, step: 1 };
    expect(() => applyAdam([each, { ...each, gradient: tf.zeros([3, 2]) }], settings)).toThrow(
      'parameter 1 is of shape [2, 3], its gradient of shape [3, 2]',
    );
    expect(() => applyAdam([{ ...each, secondMoment: tf.zeros([6]) }], settings)).toThrow(
      'parameter 0 is of shape [2, 3], its second moment of shape [6]',
    );
    expect(() => applyAdam([each], { ...settings, step: 0 })).toThrow('steps count from 1');
  });
});

describe('squaredNorm', () => {
  it.each(instructionSets())('sums the squares of all tensors, on %s', (instructionSet) => {
    useInstructionSet(instructionSet);
    const tensors = [
      randomMatrix(1, 1, 1),
      randomMatrix(0, 3, 1),
      randomMatrix(100, 201, 2),
      randomMatrix(7, 9, 3),
    ];
    const wanted = tensors.reduce(
      (sum, { data }) => sum + data.reduce((inner, value) => inner + value * value, 0),
      0,
    );
    const norm = squaredNorm(tensors.map(tensorOf));
    expect(norm.shape).toEqual([]);
    expect((norm.dataSync()[0] ?? NaN) / wanted).toBeCloseTo(1, 6);
  });

  it('is zero of nothing', () => {
    expect(squaredNorm([]).dataSync()[0]).toBe(0);
  });
});

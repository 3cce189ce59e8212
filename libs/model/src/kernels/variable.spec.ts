import { describe, expect, it } from 'vitest';
import { applyAdam } from '@honyaku/kernels';
import { tf } from '@honyaku/kernels/tensorflow';
import { Variable } from './variable.ts';

/** Adam as PyTorch's documentation states it, in 64 bits: how far a parameter has moved. */
function movement(gradients: readonly number[], learningRate: number): number {
  let [m, v, moved] = [0, 0, 0];
  gradients.forEach((gradient, index) => {
    m = 0.9 * m + 0.1 * gradient;
    v = 0.999 * v + 0.001 * gradient ** 2;
    const [mHat, vHat] = [m / (1 - 0.9 ** (index + 1)), v / (1 - 0.999 ** (index + 1))];
    moved -= (learningRate * mHat) / (Math.sqrt(vHat) + 1e-8);
  });
  return moved;
}

describe('Variable', () => {
  it('moves by Adam as PyTorch does, to six digits, also where gradients are as small as epsilon', () => {
    const steps = 5;
    const gradientsOf = [1, -0.3, 1e-4, 2e-8].map((size) =>
      Array.from({ length: steps }, (_, step) => Math.fround(size * (1 + Math.sin(step) / 2))),
    );
    const [value, m, v] = [0, 0, 0].map(() => new Variable(tf.zeros([gradientsOf.length])));
    if (!value || !m || !v) throw new RangeError('three variables');
    for (let step = 0; step < steps; step += 1) {
      const gradient = tf.tensor1d(gradientsOf.map((gradients) => gradients[step] ?? NaN));
      value.applyAdam({ m, v }, gradient, 0.01, step + 1);
      gradient.dispose();
    }
    const moved = value.values();
    gradientsOf.forEach((gradients, index) => {
      expect((moved[index] ?? NaN) / movement(gradients, 0.01)).toBeCloseTo(1, 5.5);
    });
    for (const variable of [value, m, v]) variable.dispose();
  });

  it('shows in place what native kernels make of it, also after it was assigned, and leaves no tensor behind', () => {
    const before = tf.memory().numTensors;
    const [variable, m, v] = [1, 0, 0].map((value) => new Variable(tf.fill([3], value)));
    const gradient = tf.ones([3]);
    if (!variable || !m || !v) throw new RangeError('three variables');
    const step = (count: number) =>
      applyAdam([{ value: variable.inPlace, firstMoment: m.inPlace, secondMoment: v.inPlace, gradient }], {
        learningRate: 0.5,
        step: count,
      });
    step(1);
    expect(variable.inPlace.dataSync()).toEqual(variable.values());
    expect(variable.values()[0]).toBeCloseTo(0.5, 5);
    variable.assign(tf.fill([3], 4));
    step(2);
    expect(variable.inPlace.dataSync()).toEqual(variable.values());
    expect(variable.values()[0]).toBeCloseTo(3.5, 5);
    for (const each of [variable, m, v, gradient]) each.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});

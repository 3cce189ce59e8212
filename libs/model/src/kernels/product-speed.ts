/** What the products of this process come to, as a measure of what a network could. */
import { matMul as nativeMatMul } from '@honyaku/kernels';
import { type Tensor, tf } from '@honyaku/kernels/tensorflow';
import { precision } from './choice.ts';
import { matMul } from './matrices.ts';

const rounds = 7;

/** Floating-point operations a second of a product of two square matrices, in the fastest of a few rounds. */
export function productSpeed(size: number, multiply: (a: Tensor, b: Tensor) => Tensor = matMul): number {
  const seconds = tf.tidy(() => {
    const a = tf.randomUniform([size, size]);
    const b = tf.randomUniform([size, size]);
    const times = Array.from({ length: rounds }, () => {
      const started = performance.now();
      multiply(a, b).dispose();
      return (performance.now() - started) / 1000;
    });
    return Math.min(...times);
  });
  return (2 * size ** 3) / seconds;
}

const size = 384;

/** How many times as fast products are in the chosen precision as in float32; undefined where that is chosen. */
export function precisionGain(): number | undefined {
  if (precision === 'float32') return undefined;
  return productSpeed(size) / productSpeed(size, (a, b) => nativeMatMul(a, b, { precision: 'float32' }));
}

/** What the products of this process come to, as a measure of what a network could. */
import { tf } from '@honyaku/kernels/tensorflow';
import { matMul } from './matrices.ts';

const rounds = 7;

/** Floating-point operations a second of a product of two square matrices, in the fastest of a few rounds. */
export function productSpeed(size: number): number {
  const seconds = tf.tidy(() => {
    const a = tf.randomUniform([size, size]);
    const b = tf.randomUniform([size, size]);
    const times = Array.from({ length: rounds }, () => {
      const started = performance.now();
      matMul(a, b).dispose();
      return (performance.now() - started) / 1000;
    });
    return Math.min(...times);
  });
  return (2 * size ** 3) / seconds;
}

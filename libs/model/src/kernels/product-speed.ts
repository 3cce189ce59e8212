/** How fast this process multiplies, as a measure of what a network could, and in which precision faster. */
import { matMul as nativeMatMul, multipliesBfloat16 } from '@honyaku/kernels';
import { type Tensor, tf } from '@honyaku/kernels/tensorflow';
import { type Precision, precisions } from '@honyaku/contracts';
import { matMul } from './matrices.ts';

const rounds = 7;

/** Floating-point operations a second of a product of two square matrices, in the fastest of a few rounds. */
export function productSpeed(size: number): number {
  const seconds = tf.tidy(() => {
    const [a, b] = [tf.randomUniform([size, size]), tf.randomUniform([size, size])];
    return Math.min(...Array.from({ length: rounds }, () => secondsOf(() => matMul(a, b))));
  });
  return (2 * size ** 3) / seconds;
}

/** Rows, inner size and columns of products in train steps: of a time step, and of all time steps of two widths. */
const typicalProducts = [
  [64, 512, 2048],
  [512, 256, 1024],
  [512, 512, 2048],
] as const;

/** How many times as fast as in float32 native kernels multiply in bfloat16, over products of typical sizes. */
export function precisionGain(): number {
  const seconds = { float32: 0, bfloat16: 0 };
  for (const [rows, inner, columns] of typicalProducts)
    tf.tidy(() => {
      const [a, b] = [tf.randomUniform([rows, inner]), tf.randomUniform([inner, columns])];
      const fastest = { float32: Infinity, bfloat16: Infinity };
      // In alternation, so that what else the machine does meets both.
      for (let round = 0; round < rounds; round += 1)
        for (const precision of precisions)
          fastest[precision] = Math.min(
            fastest[precision],
            secondsOf(() => nativeMatMul(a, b, { precision })),
          );
      for (const precision of precisions) seconds[precision] += fastest[precision];
    });
  return seconds.float32 / seconds.bfloat16;
}

/** bfloat16 rounds to 8 bits, so it has to be clearly faster. */
const worthwhileGain = 1.2;

/** The precision that training on this processor should use. @param gain the measurement, where it is needed */
export function fasterPrecision(
  hasInstructions: boolean = multipliesBfloat16(),
  gain: () => number = precisionGain,
): Precision {
  return hasInstructions && gain() >= worthwhileGain ? 'bfloat16' : 'float32';
}

function secondsOf(multiply: () => Tensor): number {
  const started = performance.now();
  multiply().dispose();
  return (performance.now() - started) / 1000;
}

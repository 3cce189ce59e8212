/** The first values of parameters. */
import { sliceRows, withZeroRows } from '../kernels/matrices.ts';
import { randomKey, statelessNormal, statelessUniform } from '../kernels/random.ts';
import { type Tensor, tf } from '@honyaku/kernels/tensorflow';
import type { ParameterSpec } from './parameter.ts';

/** A parameter's first value, a function of the seed and its name. */
export function initialValue({ name, shape, start }: ParameterSpec, seed: number): Tensor {
  const key = randomKey('parameter', seed, name);
  if (typeof start === 'number')
    return tf.tidy(() =>
      statelessUniform(shape, key)
        .mul(2 * start)
        .sub(start),
    );
  if ('constant' in start) return tf.fill([...shape], start.constant);
  return tf.tidy(() => {
    const values = statelessNormal(shape, key).mul(start.normal);
    const rows = shape[0] ?? 0;
    return start.lastRow === 'zero' ? withZeroRows(sliceRows(values, 0, rows - 1), rows) : values;
  });
}

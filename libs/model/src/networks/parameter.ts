/**
 * A network's parameters: their names, shapes and first values, and how the network reads them. It loads no TensorFlow, so
 * that a file of weights can be checked without it.
 */
import { oneTensor, type StoredParameter } from '../checkpoint/parameters.ts';
import type { Tensor } from '@honyaku/kernels/tensorflow';

export interface ParameterSpec extends StoredParameter {
  readonly start: ParameterStart;
}

/** Bound of uniform first values, deviation of normal ones (the last row may be zero), or the one value of all. */
export type ParameterStart =
  number | { readonly normal: number; readonly lastRow?: 'zero' } | { readonly constant: number };

/** A network's weights while they are lent. */
export interface Weights {
  /** Reads a parameter's value, `encoder.lstm1.kernel`. */
  (name: string): Tensor;
  /** A tensor that is computed of weights at the first call with this key and kept for the others. */
  readonly derived: (key: string, compute: () => Tensor) => Tensor;
}

/** A parameter that a checkpoint stores in the kernels' own layout. */
export function parameter(name: string, shape: readonly number[], start: ParameterStart): ParameterSpec {
  return { name, shape, start, layout: oneTensor(name, shape) };
}

/** Weight [out, input] and bias [out] of a linear layer as PyTorch starts them: U(±1/√input). */
export function linearParameters(
  name: string,
  out: number,
  input: number,
): readonly [weight: ParameterSpec, bias: ParameterSpec] {
  const start = 1 / Math.sqrt(input);
  return [parameter(`${name}.weight`, [out, input], start), parameter(`${name}.bias`, [out], start)];
}

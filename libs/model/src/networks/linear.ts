/** Linear layers, x · Wᵀ + b with W [out, input]: of training, and of generation, which meets the same weights at each token. */
import { pack, packedProduct } from '@honyaku/kernels';
import { type Tensor, tf } from '@honyaku/kernels/tensorflow';
import { isNative, precision } from '../kernels/choice.ts';
import { matMul } from '../kernels/matrices.ts';
import type { Gradients } from './gradients.ts';
import type { Weights } from './parameter.ts';

/** Names of a linear layer's parameters. */
export interface LinearLayer {
  readonly weight: string;
  readonly bias: string;
}

/** [rows, input] → [rows, out] */
export function linear(x: Tensor, { weight, bias }: LinearLayer, weights: Weights): Tensor {
  return matMul(x, weights(weight), { b: true, plus: weights(bias) });
}

export interface LinearRun {
  /** [rows, out] */
  readonly out: Tensor;
  /** From the gradient by `out` to that by x, [rows, input]. */
  readonly backward: (dOut: Tensor, gradients: Gradients, options?: LinearBackward) => Tensor;
}

export interface LinearBackward {
  /** The parameters that are given gradients; by default all. */
  readonly part?: 'all' | 'weight';
  /** What is added to the gradient by x: what x gets from elsewhere. */
  readonly plus?: Tensor | undefined;
}

/** `linear` with the way back. */
export function runLinear(x: Tensor, layer: LinearLayer, weights: Weights): LinearRun {
  return {
    out: linear(x, layer, weights),
    backward: (dOut, gradients, { part = 'all', plus } = {}) => {
      gradients.addProduct(layer.weight, dOut, x);
      if (part === 'all') gradients.addRows(layer.bias, dOut);
      return matMul(dOut, weights(layer.weight), { plus });
    },
  };
}

/** `linear` for many calls with the same weights and few rows: native kernels arrange the weights but once. */
export function repeatedLinear(x: Tensor, { weight, bias }: LinearLayer, weights: Weights): Tensor {
  if (!isNative) return linear(x, { weight, bias }, weights);
  return packedProduct(x, packedOnce(weight, weights, true), weights(bias), precision);
}

/** The same with a weight [out, input] and a bias that are derived of parameters. @param key of the weight */
export function repeatedDerivedLinear(
  x: Tensor,
  key: string,
  layer: { readonly weight: () => Tensor; readonly bias: () => Tensor },
  weights: Weights,
): Tensor {
  const bias = weights.derived(`bias of ${key}`, layer.bias);
  if (!isNative) return matMul(x, weights.derived(key, layer.weight), { b: true, plus: bias });
  const packed = weights.derived(`packed ${key}`, () =>
    pack(layer.weight(), { transposed: true, precision }),
  );
  return packedProduct(x, packed, bias, precision);
}

/** x · W with W [input, out], or where transposed [out, input]. */
export type WeightProduct = (
  x: Tensor,
  weight: string,
  weights: Weights,
  options?: { readonly transposed?: boolean },
) => Tensor;

export const product: WeightProduct = (x, weight, weights, { transposed = false } = {}) =>
  matMul(x, weights(weight), { b: transposed });

/** The same for many calls, as `repeatedLinear`. */
export const repeatedProduct: WeightProduct = (x, weight, weights, { transposed = false } = {}) => {
  if (!isNative) return product(x, weight, weights, { transposed });
  const out = weights(weight).shape[transposed ? 0 : 1] ?? 0;
  const nothing = weights.derived(`${out} zeros`, () => tf.zeros([out]));
  return packedProduct(x, packedOnce(weight, weights, transposed), nothing, precision);
};

function packedOnce(weight: string, weights: Weights, transposed: boolean): Tensor {
  return weights.derived(`packed ${weight}`, () => pack(weights(weight), { transposed, precision }));
}

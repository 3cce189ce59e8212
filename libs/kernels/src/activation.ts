/** Activations with their dropout, by one kernel each way. */
import { type DropoutOptions, dropoutKeyOf, rateAttribute } from './dropout.ts';
import './load.ts';
import { attributes, runKernel, type Tensor } from './tensorflow.ts';

/** x · sigmoid(x); max(x, 0); x · Φ(x) with Φ the share of the standard normal distribution below x. */
export type ActivationName = 'swish' | 'relu' | 'gelu';

/** dropout(activation(x)), of any shape */
export function activation(x: Tensor, name: ActivationName, dropout?: DropoutOptions): Tensor {
  return dropoutKeyOf(dropout, (key) =>
    runKernel('HonyakuActivation', [attributes.string('activation', name), rateAttribute(dropout)], [x, key]),
  );
}

/** The gradient of `activation` by x, of the same x, name and dropout. */
export function activationGradient(
  x: Tensor,
  name: ActivationName,
  dOut: Tensor,
  dropout?: DropoutOptions,
): Tensor {
  const given = [attributes.string('activation', name), rateAttribute(dropout)];
  return dropoutKeyOf(dropout, (key) => runKernel('HonyakuActivationGrad', given, [x, key, dOut]));
}

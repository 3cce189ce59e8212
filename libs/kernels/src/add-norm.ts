/** Layer norm of a sum, as it follows each part of a post-norm Transformer, by one kernel each way. */
import { type DropoutOptions, dropoutKeyOf, rateAttribute } from './dropout.ts';
import './load.ts';
import { runKernelForAll, type Tensor } from './tensorflow.ts';

export interface AddNormOutputs {
  /** [rows, width] */
  readonly out: Tensor;
  /** For the gradient: rows with a mean of 0 and a variance of 1, and by what they were multiplied, [rows] */
  readonly unit: Tensor;
  readonly scale: Tensor;
}

/** The norm (Ba et al. 2016) of x + dropout(branch), both [rows, width], times weight plus bias, both [width]. */
export function addNorm(
  x: Tensor,
  branch: Tensor,
  { weight, bias }: { readonly weight: Tensor; readonly bias: Tensor },
  dropout?: DropoutOptions,
): AddNormOutputs {
  const [out, unit, scale] = dropoutKeyOf(dropout, (key) =>
    runKernelForAll('HonyakuAddNorm', [rateAttribute(dropout)], [x, branch, weight, bias, key], 3),
  );
  return { out, unit, scale };
}

export interface AddNormGradients {
  /** [rows, width] */
  readonly dX: Tensor;
  readonly dBranch: Tensor;
  /** [width] */
  readonly dWeight: Tensor;
  readonly dBias: Tensor;
}

/** The gradient of `addNorm` of the same weight and dropout, with what it left, by its out. */
export function addNormGradient(
  { unit, scale }: Pick<AddNormOutputs, 'unit' | 'scale'>,
  weight: Tensor,
  dOut: Tensor,
  dropout?: DropoutOptions,
): AddNormGradients {
  const [dX, dBranch, dWeight, dBias] = dropoutKeyOf(dropout, (key) =>
    runKernelForAll('HonyakuAddNormGrad', [rateAttribute(dropout)], [unit, scale, weight, key, dOut], 4),
  );
  return { dX, dBranch, dWeight, dBias };
}

/** What follows each part of a layer in a post-norm network: its input is added, and the sum normalised (Ba et al. 2016). */
import { addNorm, addNormGradient } from '@honyaku/kernels';
import type { Tensor } from '@honyaku/kernels/tensorflow';
import { isNative } from '../../kernels/choice.ts';
import { addTwo } from '../../kernels/matrices.ts';
import { type Dropout, dropoutDraw, dropoutOf } from '../../kernels/random.ts';
import type { Gradients } from '../gradients.ts';
import type { Weights } from '../parameter.ts';

/** As PyTorch's, added to the variance. */
const epsilon = 1e-5;

/** Rows [rows, width] with a mean of 0 and a variance of 1, and what they were divided by, [rows, 1]. */
function normalised(x: Tensor): { readonly unit: Tensor; readonly deviation: Tensor } {
  const centred = x.sub(x.mean(1, true));
  const deviation = centred.square().mean(1, true).add(epsilon).sqrt();
  return { unit: centred.div(deviation), deviation };
}

/** layerNorm(x + branch) by the parameters of this name, without a way back. */
export function addAndNorm(x: Tensor, branch: Tensor, name: string, weights: Weights): Tensor {
  const [weight, bias] = [weights(`${name}.weight`), weights(`${name}.bias`)];
  if (isNative) return addNorm(x, branch, { weight, bias }).out;
  const { unit } = normalised(addTwo(x, branch));
  return unit.mul(weight).add(bias);
}

export interface NormRun {
  /** [rows, width] */
  readonly out: Tensor;
  /** From the gradient by `out` to those by x and by the branch. */
  readonly backward: (
    dOut: Tensor,
    gradients: Gradients,
  ) => { readonly dX: Tensor; readonly dBranch: Tensor };
}

export interface NormInput {
  readonly x: Tensor;
  readonly branch: Tensor;
  /** Of the parameters. */
  readonly name: string;
  readonly weights: Weights;
  /** Of the branch. */
  readonly dropout: Dropout | undefined;
}

/** The same with the way back, and with dropout of the branch. */
export function runAddAndNorm(input: NormInput): NormRun {
  return isNative ? runNatively(input) : runInTensorFlow(input);
}

function runNatively({ x, branch, name, weights, dropout }: NormInput): NormRun {
  const [weight, bias] = [`${name}.weight`, `${name}.bias`];
  const draw = dropoutDraw(dropout, 'units', [name]);
  const outputs = addNorm(x, branch, { weight: weights(weight), bias: weights(bias) }, draw);
  return {
    out: outputs.out,
    backward: (dOut, gradients) => {
      const { dX, dBranch, dWeight, dBias } = addNormGradient(outputs, weights(weight), dOut, draw);
      gradients.addWhole(weight, dWeight);
      gradients.addWhole(bias, dBias);
      return { dX, dBranch };
    },
  };
}

function runInTensorFlow({ x, branch, name, weights, dropout }: NormInput): NormRun {
  const [weight, bias] = [`${name}.weight`, `${name}.bias`];
  const drop = dropoutOf(branch.shape, dropout, 'units', [name]);
  const { unit, deviation } = normalised(addTwo(x, drop(branch)));
  return {
    out: unit.mul(weights(weight)).add(weights(bias)),
    backward: (dOut, gradients) => {
      gradients.addRows(weight, dOut.mul(unit));
      gradients.addRows(bias, dOut);
      const dUnit = dOut.mul(weights(weight));
      const along = unit.mul(dUnit.mul(unit).mean(1, true));
      const dX = dUnit.sub(dUnit.mean(1, true)).sub(along).div(deviation);
      return { dX, dBranch: drop(dX) };
    },
  };
}

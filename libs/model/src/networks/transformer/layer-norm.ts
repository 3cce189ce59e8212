/** What follows each part of a layer in a post-norm network: its input is added, and the sum normalised (Ba et al. 2016). */
import type { Tensor } from '@honyaku/kernels/tensorflow';
import { addTwo } from '../../kernels/matrices.ts';
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
  const { unit } = normalised(addTwo(x, branch));
  return unit.mul(weights(`${name}.weight`)).add(weights(`${name}.bias`));
}

export interface NormRun {
  /** [rows, width] */
  readonly out: Tensor;
  /** From the gradient by `out` to that by the sum, which is that by x and by the branch alike. */
  readonly backward: (dOut: Tensor, gradients: Gradients) => Tensor;
}

/** The same with the way back. */
export function runAddAndNorm(x: Tensor, branch: Tensor, name: string, weights: Weights): NormRun {
  const [weight, bias] = [`${name}.weight`, `${name}.bias`];
  const { unit, deviation } = normalised(addTwo(x, branch));
  return {
    out: unit.mul(weights(weight)).add(weights(bias)),
    backward: (dOut, gradients) => {
      gradients.addRows(weight, dOut.mul(unit));
      gradients.addRows(bias, dOut);
      const dUnit = dOut.mul(weights(weight));
      const along = unit.mul(dUnit.mul(unit).mean(1, true));
      return dUnit.sub(dUnit.mean(1, true)).sub(along).div(deviation);
    },
  };
}

/** The position-wise feed-forward part of a layer: two products with an activation between them. */
import { activation as nativeActivation, activationGradient } from '@honyaku/kernels';
import { type Tensor, tf } from '@honyaku/kernels/tensorflow';
import { isNative } from '../../kernels/choice.ts';
import { type Dropout, dropoutDraw, dropoutOf } from '../../kernels/random.ts';
import type { Gradients } from '../gradients.ts';
import { type LinearLayer, repeatedLinear, runLinear } from '../linear.ts';
import type { Weights } from '../parameter.ts';
import type { TransformerShape } from './shape.ts';

interface Activation {
  readonly of: (x: Tensor) => Tensor;
  /** Its derivative at x. */
  readonly slope: (x: Tensor) => Tensor;
}

const activations: Readonly<Record<TransformerShape['activation'], Activation>> = {
  /** x · sigmoid(x) (Ramachandran et al. 2017). */
  swish: {
    of: (x) => x.mul(x.sigmoid()),
    slope: (x) => {
      const gate = x.sigmoid();
      return gate.mul(x.mul(tf.sub(1, gate)).add(1));
    },
  },
  relu: { of: (x) => x.relu(), slope: (x) => x.greater(0).cast('float32') },
  /** x · Φ(x), by the error function (Hendrycks & Gimpel 2016). */
  gelu: {
    of: (x) => x.mul(normalShare(x)),
    slope: (x) => normalShare(x).add(x.mul(x.square().mul(-0.5).exp()).mul(1 / Math.sqrt(2 * Math.PI))),
  },
};

/** Share of the standard normal distribution below x. */
function normalShare(x: Tensor): Tensor {
  return x.mul(Math.SQRT1_2).erf().add(1).mul(0.5);
}

/** One position of each row, without a way back. @param prefix the layer's name */
export function feedForward(
  x: Tensor,
  prefix: string,
  { activation }: TransformerShape,
  weights: Weights,
): Tensor {
  const first = repeatedLinear(x, layerOf(prefix, 1), weights);
  const activated = isNative ? nativeActivation(first, activation) : activations[activation].of(first);
  return repeatedLinear(activated, layerOf(prefix, 2), weights);
}

export interface FeedForwardRun {
  /** [positions, width] */
  readonly out: Tensor;
  /** From the gradient by `out` to that by x, plus another one. */
  readonly backward: (dOut: Tensor, gradients: Gradients, plus: Tensor | undefined) => Tensor;
}

export function runFeedForward(
  x: Tensor,
  prefix: string,
  { activation }: TransformerShape,
  weights: Weights,
  dropout: Dropout | undefined,
): FeedForwardRun {
  const first = runLinear(x, layerOf(prefix, 1), weights);
  const activated = runActivation(first.out, activation, dropout, [prefix, 'activation']);
  const second = runLinear(activated.out, layerOf(prefix, 2), weights);
  return {
    out: second.out,
    backward: (dOut, gradients, plus) =>
      first.backward(activated.backward(second.backward(dOut, gradients)), gradients, { plus }),
  };
}

/** With its dropout. */
function runActivation(
  x: Tensor,
  name: TransformerShape['activation'],
  dropout: Dropout | undefined,
  where: readonly string[],
): { readonly out: Tensor; readonly backward: (dOut: Tensor) => Tensor } {
  if (isNative) {
    const draw = dropoutDraw(dropout, 'activation', where);
    return {
      out: nativeActivation(x, name, draw),
      backward: (dOut) => activationGradient(x, name, dOut, draw),
    };
  }
  const { of, slope } = activations[name];
  const drop = dropoutOf(x.shape, dropout, 'activation', where);
  return { out: drop(of(x)), backward: (dOut) => drop(dOut).mul(slope(x)) };
}

function layerOf(prefix: string, number: 1 | 2): LinearLayer {
  return { weight: `${prefix}.fc${number}.weight`, bias: `${prefix}.fc${number}.bias` };
}

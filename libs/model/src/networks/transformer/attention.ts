/** Multi-head attention: projections of queries, keys and values, the look, and the projection of what it finds. */
import type { Tensor } from '@honyaku/kernels/tensorflow';
import { addTwo } from '../../kernels/matrices.ts';
import type { Dropout } from '../../kernels/random.ts';
import type { Gradients } from '../gradients.ts';
import { type LinearLayer, runLinear } from '../linear.ts';
import type { Weights } from '../parameter.ts';
import type { HeadPlaces } from './head-places.ts';
import { runLook } from './look.ts';

export type Projection = 'q_proj' | 'k_proj' | 'v_proj' | 'out_proj';

/** @param prefix such as `model.encoder.layers.0.self_attn` */
export function projection(prefix: string, name: Projection): LinearLayer {
  return { weight: `${prefix}.${name}.weight`, bias: `${prefix}.${name}.bias` };
}

/** Packed positions [positions, width], and where they stand. */
export interface Placed {
  readonly x: Tensor;
  readonly places: HeadPlaces;
}

export interface AttentionRun {
  /** [positions of the queries, width] */
  readonly out: Tensor;
  readonly backward: (
    dOut: Tensor,
    gradients: Gradients,
  ) => { readonly dQueries: Tensor; /** By what is attended to. */ readonly dMemory: Tensor };
}

/** @param memory what is attended to */
export function runAttention(
  prefix: string,
  queries: Placed,
  memory: Placed,
  mask: Tensor,
  weights: Weights,
  dropout: Dropout | undefined,
): AttentionRun {
  const query = runLinear(queries.x, projection(prefix, 'q_proj'), weights);
  const key = runLinear(memory.x, projection(prefix, 'k_proj'), weights);
  const value = runLinear(memory.x, projection(prefix, 'v_proj'), weights);
  const look = runLook({
    query: query.out,
    key: key.out,
    value: value.out,
    queryPlaces: queries.places,
    keyPlaces: memory.places,
    mask,
    dropout,
    where: prefix,
  });
  const joined = runLinear(look.context, projection(prefix, 'out_proj'), weights);
  return {
    out: joined.out,
    backward: (dOut, gradients) => {
      const { dQuery, dKey, dValue } = look.backward(joined.backward(dOut, gradients));
      // The keys' bias adds the same to all products of a query, which the softmax takes away again.
      const dByKey = key.backward(dKey, gradients, 'weight');
      return {
        dQueries: query.backward(dQuery, gradients),
        dMemory: addTwo(dByKey, value.backward(dValue, gradients)),
      };
    },
  };
}

/** Attention of positions to themselves. */
export function runSelfAttention(
  prefix: string,
  own: Placed,
  mask: Tensor,
  weights: Weights,
  dropout: Dropout | undefined,
): { readonly out: Tensor; readonly backward: (dOut: Tensor, gradients: Gradients) => Tensor } {
  const { out, backward } = runAttention(prefix, own, own, mask, weights, dropout);
  return {
    out,
    backward: (dOut, gradients) => {
      const { dQueries, dMemory } = backward(dOut, gradients);
      return addTwo(dQueries, dMemory);
    },
  };
}

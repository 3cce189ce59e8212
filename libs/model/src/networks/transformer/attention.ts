/** Multi-head attention: projections of queries, keys and values, the look, and the projection of what it finds. */
import type { Tensor } from '@honyaku/kernels/tensorflow';
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

export interface AttentionInput {
  readonly queries: Placed;
  /** What they look at; it may be the same. */
  readonly memory: Placed;
  /** Whether queries see nothing after their own place. */
  readonly causal: boolean;
  readonly weights: Weights;
  readonly dropout: Dropout | undefined;
}

export interface AttentionRun {
  /** [positions of the queries, width] */
  readonly out: Tensor;
  /** @returns the gradient by the queries plus another one, and the function that goes on from there to the memory's */
  readonly backward: (
    dOut: Tensor,
    gradients: Gradients,
    plus: Tensor | undefined,
  ) => { readonly dQueries: Tensor; readonly toMemory: (plus: Tensor | undefined) => Tensor };
}

export function runAttention(prefix: string, input: AttentionInput): AttentionRun {
  const { queries, memory, causal, weights, dropout } = input;
  const query = runLinear(queries.x, projection(prefix, 'q_proj'), weights);
  const key = runLinear(memory.x, projection(prefix, 'k_proj'), weights);
  const value = runLinear(memory.x, projection(prefix, 'v_proj'), weights);
  const look = runLook({
    query: query.out,
    key: key.out,
    value: value.out,
    queryPlaces: queries.places,
    keyPlaces: memory.places,
    causal,
    dropout,
    where: prefix,
  });
  const joined = runLinear(look.context, projection(prefix, 'out_proj'), weights);
  return {
    out: joined.out,
    backward: (dOut, gradients, plus) => {
      const { dQuery, dKey, dValue } = look.backward(joined.backward(dOut, gradients));
      return {
        dQueries: query.backward(dQuery, gradients, { plus }),
        toMemory: (others) => {
          // The keys' bias adds the same to all products of a query, which the softmax takes away again.
          const byKey = key.backward(dKey, gradients, { part: 'weight', plus: others });
          return value.backward(dValue, gradients, { plus: byKey });
        },
      };
    },
  };
}

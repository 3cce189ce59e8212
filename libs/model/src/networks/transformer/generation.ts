/**
 * The decoder as generation runs it: one token of each row, without a way back. Each layer caches the keys and values of
 * the tokens before, and has projected the encoder's output once. Here by TensorFlow's kernels.
 */
import { type Tensor, tf } from '@honyaku/kernels/tensorflow';
import { gatherRows } from '../../kernels/matrices.ts';
import type { StepwiseDecoder } from '../decoding-rows.ts';
import { linear, repeatedDerivedLinear, repeatedLinear } from '../linear.ts';
import type { Weights } from '../parameter.ts';
import { type Placed, projection } from './attention.ts';
import { embedStep } from './embedding.ts';
import { feedForward } from './feed-forward.ts';
import { addAndNorm } from './layer-norm.ts';
import { headScale, sharesOf } from './look.ts';
import { layerName, outputBias, sharedWeight, type TransformerShape } from './shape.ts';

export interface GeneratedStep<State> {
  /** [rows, width] */
  readonly hidden: Tensor;
  /** Of each layer the shares of source tokens, [rows, heads, source length] */
  readonly shares: readonly Tensor[];
  readonly after: State;
}

/** How kernels of a kind generate. */
export interface Generation<State, Memory> extends Pick<
  StepwiseDecoder<State, Memory>,
  'mapState' | 'mapMemory'
> {
  readonly start: State;
  /** @param encoded the encoder's output */
  readonly memoryOf: (encoded: Placed, weights: Weights) => Memory;
  /** @param tokens one of each row */
  readonly step: (tokens: Int32Array, state: State, memory: Memory, weights: Weights) => GeneratedStep<State>;
}

/** What queries of one layer look at, each [rows, heads, tokens, width / heads]. */
interface KeysAndValues {
  readonly keys: Tensor;
  readonly values: Tensor;
}

/** Of each layer, of the tokens so far; empty before the first. */
type Cache = readonly KeysAndValues[];

interface Memory {
  /** Of each layer, of the source. */
  readonly layers: readonly KeysAndValues[];
  /** 0 at tokens, a very negative number at padding; [rows, 1, 1, source length] */
  readonly mask: Tensor;
}

function mapCache(cache: Cache, change: (tensor: Tensor) => Tensor): Cache {
  return cache.map(({ keys, values }) => ({ keys: change(keys), values: change(values) }));
}

export function tensorFlowGeneration(shape: TransformerShape): Generation<Cache, Memory> {
  return {
    start: [],
    memoryOf: (encoded, weights) => memoryOf(encoded, shape, weights),
    step: (tokens, cache, memory, weights) => generateStep(tokens, cache, memory, shape, weights),
    mapState: mapCache,
    mapMemory: ({ layers, mask }, ofRows) => ({ layers: mapCache(layers, ofRows), mask: ofRows(mask) }),
  };
}

function memoryOf({ x, places }: Placed, shape: TransformerShape, weights: Weights): Memory {
  const { heads } = places;
  const { rows, time, fill, mask } = places.rectangles();
  const projected = (layer: number, name: 'k_proj' | 'v_proj') => {
    const packed = linear(x, projection(attentionName(layer, 'encoder_attn'), name), weights);
    return fill(packed).reshape([rows, heads, time, -1]);
  };
  const layers = Array.from({ length: shape.decoderLayers }, (_, layer) => ({
    keys: projected(layer, 'k_proj'),
    values: projected(layer, 'v_proj'),
  }));
  return { layers, mask };
}

function generateStep(
  tokens: Int32Array,
  cache: Cache,
  memory: Memory,
  shape: TransformerShape,
  weights: Weights,
): GeneratedStep<Cache> {
  const after: KeysAndValues[] = [];
  const shares: Tensor[] = [];
  let x = embedStep(tokens, cache[0]?.keys.shape[2] ?? 0, shape, weights);
  memory.layers.forEach((source, layer) => {
    const name = layerName('decoder', layer);
    const own = extended(cache[layer], x, attentionName(layer, 'self_attn'), shape, weights);
    after.push(own);
    const self = look(x, own, undefined, attentionName(layer, 'self_attn'), shape, weights);
    x = addAndNorm(x, self.found, `${name}.self_attn_layer_norm`, weights);
    const across = look(x, source, memory.mask, attentionName(layer, 'encoder_attn'), shape, weights);
    shares.push(across.shares.squeeze([2]));
    x = addAndNorm(x, across.found, `${name}.encoder_attn_layer_norm`, weights);
    x = addAndNorm(x, feedForward(x, name, shape, weights), `${name}.final_layer_norm`, weights);
  });
  return { hidden: x, shares, after };
}

/** Logits in the order of our ids; padding has no probability. */
export function scoresInOrderOfIds(
  hidden: Tensor,
  vocabularySize: number,
  padding: number,
  { tokens: { rowOf } }: TransformerShape,
  weights: Weights,
): Tensor {
  const rows = () =>
    tf.tensor1d(
      Int32Array.from({ length: vocabularySize }, (_, id) => rowOf(id)),
      'int32',
    );
  const layer = {
    weight: () => gatherRows(weights(sharedWeight), rows()),
    bias: () => {
      const impossible = new Float32Array(vocabularySize);
      impossible[padding] = -Infinity;
      return gatherRows(weights(outputBias), rows()).add(tf.tensor1d(impossible));
    },
  };
  return repeatedDerivedLinear(hidden, 'output layer in the order of ids', layer, weights);
}

function attentionName(layer: number, kind: 'self_attn' | 'encoder_attn'): string {
  return `${layerName('decoder', layer)}.${kind}`;
}

/** The cache with the keys and values of one token more. */
function extended(
  before: KeysAndValues | undefined,
  x: Tensor,
  prefix: string,
  { heads }: TransformerShape,
  weights: Weights,
): KeysAndValues {
  const rows = x.shape[0] ?? 0;
  const projected = (name: 'k_proj' | 'v_proj') =>
    repeatedLinear(x, projection(prefix, name), weights).reshape([rows, heads, 1, -1]);
  const [keys, values] = [projected('k_proj'), projected('v_proj')];
  if (!before) return { keys, values };
  return { keys: tf.concat([before.keys, keys], 2), values: tf.concat([before.values, values], 2) };
}

/** @returns what is found, [rows, width], and the shares of each head, [rows, heads, 1, tokens] */
function look(
  x: Tensor,
  { keys, values }: KeysAndValues,
  mask: Tensor | undefined,
  prefix: string,
  { heads }: TransformerShape,
  weights: Weights,
): { readonly found: Tensor; readonly shares: Tensor } {
  const [rows = 0, , tokens = 0, size = 0] = keys.shape;
  const flat = (tensor: Tensor, time: number) => tensor.reshape([rows * heads, time, -1]);
  const query = repeatedLinear(x, projection(prefix, 'q_proj'), weights);
  const queries = query.mul(headScale(query, heads)).reshape([rows * heads, 1, size]);
  const shares = sharesOf(queries, flat(keys, tokens), heads, mask);
  const context = tf.matMul(flat(shares, 1), flat(values, tokens)).reshape([rows, heads * size]);
  return { found: repeatedLinear(context, projection(prefix, 'out_proj'), weights), shares };
}

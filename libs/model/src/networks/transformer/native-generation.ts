/**
 * The decoder as generation runs it, by native kernels. Keys and values of all hypotheses stand in one table for each
 * layer, to which a step adds its rows in place. Hypotheses only hold where theirs are, so one that forks or ends copies
 * nothing, and those of a sentence share its memory.
 */
import { multiHeadStep } from '@honyaku/kernels';
import { type Tensor, tf } from '@honyaku/kernels/tensorflow';
import { repeatedDerivedLinear, repeatedLinear } from '../linear.ts';
import type { Weights } from '../parameter.ts';
import { type Placed, type Projection, projection } from './attention.ts';
import { embedStep } from './embedding.ts';
import { feedForward } from './feed-forward.ts';
import type { GeneratedStep, Generation } from './generation.ts';
import { addAndNorm } from './layer-norm.ts';
import { layerName, type TransformerShape } from './shape.ts';

/** Keys and values of one layer beside each other, [any number, 2 · width], and where those of each hypothesis stand. */
interface Tables {
  readonly layers: readonly Tensor[];
  /** [rows, tokens] int32; -1 from where a sentence has ended */
  readonly places: Tensor;
}

interface Cache extends Tables {
  /** Rows of the tables that hold something. */
  readonly used: number;
}

/** Undefined before the first token. */
type State = Cache | undefined;

/** Tokens of each first hypothesis for which a table has room at first. */
const firstTokens = 32;

export function nativeGeneration(shape: TransformerShape): Generation<State, Tables> {
  return {
    start: undefined,
    memoryOf: (encoded, weights) => memoryOf(encoded, shape, weights),
    step: (tokens, state, memory, weights) => generateStep(tokens, state, memory, shape, weights),
    mapState: (state, ofRows, ofShared) => state && { ...state, ...mapped(state, ofRows, ofShared) },
    mapMemory: mapped,
  };
}

function mapped(
  { layers, places }: Tables,
  ofRows: (tensor: Tensor) => Tensor,
  ofShared: (tensor: Tensor) => Tensor,
): Tables {
  return { layers: layers.map(ofShared), places: ofRows(places) };
}

function memoryOf({ x, places: { lengths } }: Placed, shape: TransformerShape, weights: Weights): Tables {
  const layers = Array.from({ length: shape.decoderLayers }, (_, layer) =>
    projected(x, attentionName(layer, 'encoder_attn'), ['k_proj', 'v_proj'], weights),
  );
  const longest = Math.max(...lengths);
  const places = new Int32Array(lengths.length * longest).fill(-1);
  let position = 0;
  lengths.forEach((length, row) => {
    for (let token = 0; token < length; token += 1) places[row * longest + token] = position++;
  });
  return { layers, places: tf.tensor2d(places, [lengths.length, longest], 'int32') };
}

function generateStep(
  tokens: Int32Array,
  before: State,
  memory: Tables,
  shape: TransformerShape,
  weights: Weights,
): GeneratedStep<State> {
  const { heads, hiddenSize } = shape;
  const cache = withNextPlaces(before, tokens.length, shape);
  const shares: Tensor[] = [];
  let x = embedStep(tokens, before?.places.shape[1] ?? 0, shape, weights);
  const look = (layer: number, kind: AttentionKind, { layers, places }: Tables): Tensor => {
    const table = layers[layer] ?? tf.zeros([0, 2 * hiddenSize]);
    const remembers = kind === 'self_attn';
    const name = attentionName(layer, kind);
    const asked: readonly Projection[] = remembers ? ['q_proj', 'k_proj', 'v_proj'] : ['q_proj'];
    const query = projected(x, name, asked, weights);
    const found = multiHeadStep({ query, table, places }, { heads, remembers });
    if (!remembers) shares.push(found.shares);
    return repeatedLinear(found.context, projection(name, 'out_proj'), weights);
  };
  for (let layer = 0; layer < shape.decoderLayers; layer += 1) {
    const name = layerName('decoder', layer);
    x = addAndNorm(x, look(layer, 'self_attn', cache), `${name}.self_attn_layer_norm`, weights);
    x = addAndNorm(x, look(layer, 'encoder_attn', memory), `${name}.encoder_attn_layer_norm`, weights);
    x = addAndNorm(x, feedForward(x, name, shape, weights), `${name}.final_layer_norm`, weights);
  }
  return { hidden: x, shares, after: cache };
}

/** The cache with a place for the next token of each hypothesis; what the tables hold stays where it is. */
function withNextPlaces(before: State, rows: number, { decoderLayers, hiddenSize }: TransformerShape): Cache {
  const used = before?.used ?? 0;
  const next = tf.tensor2d(
    Int32Array.from({ length: rows }, (_, row) => used + row),
    [rows, 1],
    'int32',
  );
  const nothing = (count: number) => tf.fill([count, 2 * hiddenSize], 0);
  if (!before) {
    const layers = Array.from({ length: decoderLayers }, () => nothing(firstTokens * rows));
    return { layers, places: next, used: rows };
  }
  const layers = before.layers.map((table) => {
    const [capacity = 0] = table.shape;
    const missing = used + rows - capacity;
    return missing > 0 ? tf.concat([table, nothing(Math.max(missing, capacity))], 0) : table.clone();
  });
  return { layers, places: tf.concat([before.places, next], 1), used: used + rows };
}

type AttentionKind = 'self_attn' | 'encoder_attn';

function attentionName(layer: number, kind: AttentionKind): string {
  return `${layerName('decoder', layer)}.${kind}`;
}

/** Some projections side by side, as one product. */
function projected(x: Tensor, prefix: string, names: readonly Projection[], weights: Weights): Tensor {
  const of = (part: 'weight' | 'bias') => () =>
    tf.concat(
      names.map((name) => weights(projection(prefix, name)[part])),
      0,
    );
  const key = `${names.join(', ')} of ${prefix}`;
  return repeatedDerivedLinear(x, key, { weight: of('weight'), bias: of('bias') }, weights);
}

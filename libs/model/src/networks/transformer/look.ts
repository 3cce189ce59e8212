/** Scaled dot-product attention of several heads at once (Vaswani et al. 2017, section 3.2), by a native kernel or TensorFlow's. */
import { multiHead, multiHeadGradient } from '@honyaku/kernels';
import { type Tensor, tf } from '@honyaku/kernels/tensorflow';
import { isNative } from '../../kernels/choice.ts';
import { type Dropout, dropoutDraw, dropoutOf } from '../../kernels/random.ts';
import type { HeadPlaces } from './head-places.ts';

/**
 * The softmax of the queries' products with the keys, [rows, heads, queries, keys].
 * @param queries scaled, [rows · heads, queries, size]
 * @param keys [rows · heads, keys, size]
 * @param mask what is added to the products, of a shape that broadcasts to the result's
 */
export function sharesOf(queries: Tensor, keys: Tensor, heads: number, mask: Tensor | undefined): Tensor {
  const [rows = 0, count = 0] = queries.shape;
  const products = tf.matMul(queries, keys, false, true).reshape([rows / heads, heads, count, -1]);
  return (mask ? products.add(mask) : products).softmax();
}

/** What queries look at; all are packed, [positions, width]. */
export interface LookInput {
  /** Not scaled. */
  readonly query: Tensor;
  readonly key: Tensor;
  readonly value: Tensor;
  readonly queryPlaces: HeadPlaces;
  readonly keyPlaces: HeadPlaces;
  /** Whether a query sees no key after its own place. */
  readonly causal: boolean;
  readonly dropout: Dropout | undefined;
  readonly where: string;
}

export interface LookRun {
  /** The heads' sums of values, side by side, [positions, width]. */
  readonly context: Tensor;
  readonly backward: (dContext: Tensor) => {
    readonly dQuery: Tensor;
    readonly dKey: Tensor;
    readonly dValue: Tensor;
  };
}

export function runLook(input: LookInput): LookRun {
  return isNative ? runNativeLook(input) : runTensorFlowLook(input);
}

/** Over packed rows, so that there is no work for padding. */
function runNativeLook({ query, key, value, queryPlaces, keyPlaces, ...input }: LookInput): LookRun {
  const [queryLengths, keyLengths] = [queryPlaces.lengthsTensor, keyPlaces.lengthsTensor];
  const inputs = { query, key, value, queryLengths, keyLengths };
  const { causal } = input;
  const draw = dropoutDraw(input.dropout, 'attention', [input.where, 'shares']);
  const options = { heads: queryPlaces.heads, causal, dropout: draw };
  const { context, shares } = multiHead(inputs, options);
  return { context, backward: (dContext) => multiHeadGradient(inputs, options, shares, dContext) };
}

function runTensorFlowLook(input: LookInput): LookRun {
  const { query, key, value, dropout, where } = input;
  const { heads } = input.queryPlaces;
  const [queryPlaces, keyPlaces] = [input.queryPlaces.rectangles(), input.keyPlaces.rectangles()];
  const scale = headScale(query, heads);
  const queries = queryPlaces.fill(query.mul(scale));
  const [keys, values] = [keyPlaces.fill(key), keyPlaces.fill(value)];
  const shares = sharesOf(queries, keys, heads, input.causal ? queryPlaces.causalMask() : keyPlaces.mask);
  const drop = dropoutOf(shares.shape, dropout, 'attention', [where, 'shares']);
  const flat = (tensor: Tensor) => tensor.reshape([-1, queryPlaces.time, keyPlaces.time]);
  const kept = flat(drop(shares));
  return {
    context: queryPlaces.toPacked(tf.matMul(kept, values)),
    backward: (dContext) => {
      const dFilled = queryPlaces.fillSparsely(dContext);
      const dShares = drop(tf.matMul(dFilled, values, false, true).reshape(shares.shape));
      const dProducts = flat(shares.mul(dShares.sub(dShares.mul(shares).sum(-1, true))));
      return {
        dQuery: queryPlaces.toPacked(tf.matMul(dProducts, keys)).mul(scale),
        dKey: keyPlaces.toPacked(tf.matMul(dProducts, queries, true)),
        dValue: keyPlaces.toPacked(tf.matMul(kept, dFilled, true)),
      };
    },
  };
}

/** 1 / √(width of a head), by which queries are scaled. */
export function headScale(query: Tensor, heads: number): number {
  return Math.sqrt(heads / (query.shape.at(-1) ?? 1));
}

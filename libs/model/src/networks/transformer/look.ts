/** Scaled dot-product attention of several heads at once (Vaswani et al. 2017, section 3.2), by TensorFlow's products. */
import { type Tensor, tf } from '@honyaku/kernels/tensorflow';
import { type Dropout, dropoutOf } from '../../kernels/random.ts';
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
  readonly mask: Tensor;
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
  const { query, key, value, queryPlaces, keyPlaces, mask, dropout, where } = input;
  const scale = headScale(query, queryPlaces.heads);
  const queries = queryPlaces.fill(query.mul(scale));
  const [keys, values] = [keyPlaces.fill(key), keyPlaces.fill(value)];
  const shares = sharesOf(queries, keys, queryPlaces.heads, mask);
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

/** Gathers the gradients of weights, each as one large product at the end, however often a weight was used. */
import { addAll, matMul, scatterAddRows, sliceRows, sumRows, withZeroRows } from '../kernels/matrices.ts';
import { type Tensor, tf } from '@honyaku/kernels/tensorflow';

interface Terms {
  readonly products: [Tensor, Tensor][];
  readonly sums: Tensor[];
  readonly whole: Tensor[];
  readonly scattered: { readonly rows: Tensor; readonly ids: Tensor; readonly count: number }[];
}

/** The gradients of one backward pass; a weight may get many terms. */
export class Gradients {
  private readonly terms = new Map<string, Terms>();
  private readonly withoutLastRow = new Set<string>();

  /** @param isFrozen names parameters that get none */
  constructor(private readonly isFrozen: (name: string) => boolean = () => false) {}

  /** Of a weight [k, m] that took part as input [n, k] · weight: inputᵀ · dOutput [n, m]. */
  addProduct(name: string, a: Tensor, b: Tensor): void {
    this.of(name).products.push([a, b]);
  }

  /** Of a bias [m] that was added to each row: the sum of dOutput [n, m] over its rows. */
  addRows(name: string, rows: Tensor): void {
    this.of(name).sums.push(rows);
  }

  /** One that a kernel has worked out as a whole, of the weight's shape. */
  addWhole(name: string, gradient: Tensor): void {
    this.of(name).whole.push(gradient);
  }

  /** Of an embedding [count, m] whose rows `ids` [n] were looked up: dOutput [n, m]. */
  addLookup(name: string, rows: Tensor, ids: Tensor, count: number): void {
    this.of(name).scattered.push({ rows, ids, count });
  }

  /** The last row of this weight stays what it is. */
  excludeLastRow(name: string): void {
    this.withoutLastRow.add(name);
  }

  /** The gradients by name; the caller disposes them. */
  finish(): Map<string, Tensor> {
    const wanted = [...this.terms].filter(([name]) => !this.isFrozen(name));
    return new Map(
      wanted.map(([name, { products, sums, scattered, whole }]) => {
        const value = tf.tidy(() => {
          const parts = [...lookedUp(scattered), ...whole];
          if (sums.length > 0) parts.push(sumRows(stacked(sums)));
          const sum = products.length > 0 ? productOf(products, parts) : addAll(parts);
          if (!this.withoutLastRow.has(name)) return sum;
          const rows = sum.shape[0] ?? 0;
          return withZeroRows(sliceRows(sum, 0, rows - 1), rows);
        });
        return [name, tf.keep(value)] as const;
      }),
    );
  }

  private of(name: string): Terms {
    const known = this.terms.get(name);
    if (known) return known;
    const made: Terms = { products: [], sums: [], scattered: [], whole: [] };
    this.terms.set(name, made);
    return made;
  }
}

/** The sum of products, in which other terms are begun with. */
function productOf(products: Terms['products'], others: readonly Tensor[]): Tensor {
  const [a, b] = [stacked(products.map(([left]) => left)), stacked(products.map(([, right]) => right))];
  return matMul(a, b, { a: true, plus: others.length > 0 ? addAll(others) : undefined });
}

/** All lookups in one table: as large as the vocabulary, it is written but once. */
function lookedUp(scattered: Terms['scattered']): Tensor[] {
  const [first] = scattered;
  if (first === undefined) return [];
  const [rows, ids] = [scattered.map((each) => each.rows), scattered.map((each) => each.ids)];
  return [scatterAddRows(stacked(rows), stacked(ids), first.count)];
}

function stacked(rows: readonly Tensor[]): Tensor {
  const [first] = rows;
  if (first === undefined) throw new RangeError('no rows');
  return rows.length === 1 ? first : tf.concat([...rows], 0);
}

/** Multi-head attention of packed sentences in 64-bit numbers, as slowly and plainly as it can be said. */
import { at, type Matrix, matrix } from './matrix.ts';

export interface MultiHeadCase {
  readonly query: Matrix;
  readonly key: Matrix;
  readonly value: Matrix;
  /** Tokens of each sentence. */
  readonly queryLengths: readonly number[];
  readonly keyLengths: readonly number[];
  readonly heads: number;
  readonly causal: boolean;
}

/** The contexts of Vaswani et al. 2017, section 3.2. */
export function referenceMultiHead(each: MultiHeadCase): Matrix {
  const { query, key, value, heads, causal } = each;
  const size = query.columns / heads;
  const context = matrix(query.rows, query.columns);
  let [firstQuery, firstKey] = [0, 0];
  each.queryLengths.forEach((queries, sentence) => {
    const keys = each.keyLengths[sentence] ?? 0;
    for (let place = 0; place < queries; place += 1)
      for (let head = 0; head < heads; head += 1) {
        const visible = Array.from(
          { length: causal ? Math.min(place + 1, keys) : keys },
          (_, token) => token + firstKey,
        );
        const units = Array.from({ length: size }, (_, unit) => head * size + unit);
        const powers = visible.map((row) =>
          Math.exp(
            units.reduce((sum, unit) => sum + at(query, firstQuery + place, unit) * at(key, row, unit), 0) /
              Math.sqrt(size),
          ),
        );
        const total = powers.reduce((sum, power) => sum + power, 0);
        for (const unit of units)
          context.data[(firstQuery + place) * context.columns + unit] = visible.reduce(
            (sum, row, index) => sum + ((powers[index] ?? NaN) / total) * at(value, row, unit),
            0,
          );
      }
    firstQuery += queries;
    firstKey += keys;
  });
  return context;
}

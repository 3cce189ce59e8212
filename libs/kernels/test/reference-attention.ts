/** Attention of packed sentences in 64-bit numbers, as slowly and plainly as it can be said. */
import { at, type Matrix, matrix } from './matrix.ts';

export interface AttentionCase {
  readonly query: Matrix;
  /** Of each row of the batch, [length, hidden]. */
  readonly encoded: readonly Matrix[];
  /** Tokens of each row of the batch; what stands behind them is padding. */
  readonly tokens: readonly number[];
  /** Rows of each time step. */
  readonly rows: readonly number[];
}

/** Global attention of Luong et al. 2015 by dot products. */
export function referenceAttention(each: AttentionCase): { context: Matrix; shares: Matrix } {
  const { query, encoded, tokens } = each;
  const rowOf = each.rows.flatMap((count) => Array.from({ length: count }, (_, row) => row));
  const shares = matrix(query.rows, encoded[0]?.rows ?? 0);
  const context = matrix(query.rows, query.columns);
  rowOf.forEach((row, position) => {
    const memory = encoded[row] ?? matrix(0, 0);
    const powers = Array.from({ length: tokens[row] ?? 0 }, (_, token) => {
      let score = 0;
      for (let unit = 0; unit < query.columns; unit += 1)
        score += at(query, position, unit) * at(memory, token, unit);
      return Math.exp(score);
    });
    const total = powers.reduce((sum, power) => sum + power, 0);
    powers.forEach((power, token) => {
      shares.data[position * shares.columns + token] = power / total;
      for (let unit = 0; unit < query.columns; unit += 1)
        context.data[position * query.columns + unit] =
          at(context, position, unit) + (power / total) * at(memory, token, unit);
    });
  });
  return { context, shares };
}

/** A GRU over packed sentences in 64-bit numbers, as slowly and plainly as it can be said. */
import { at, type Matrix, matrix } from './matrix.ts';
import { eachPosition, sigmoid } from './positions.ts';

export interface GruCase {
  readonly x: Matrix;
  readonly inputWeight: Matrix;
  readonly recurrentWeight: Matrix;
  readonly inputBias: Matrix;
  readonly recurrentBias: Matrix;
  readonly h0: Matrix;
  /** Rows of each time step. */
  readonly rows: readonly number[];
}

/** h of all positions, as PyTorch's documentation states it. Gates stand in the order r, z, n. */
export function referenceGru(each: GruCase): Matrix {
  const { x, h0, rows } = each;
  const hidden = h0.columns;
  const h = matrix(x.rows, hidden);
  eachPosition(rows, (position, before) => {
    for (let unit = 0; unit < hidden; unit += 1) {
      const input = (gate: number) => {
        let sum = at(each.inputBias, 0, gate * hidden + unit);
        for (let k = 0; k < x.columns; k += 1)
          sum += at(x, position, k) * at(each.inputWeight, gate * hidden + unit, k);
        return sum;
      };
      const recurrent = (gate: number) => {
        let sum = at(each.recurrentBias, 0, gate * hidden + unit);
        for (let k = 0; k < hidden; k += 1)
          sum += before(h0, h, k) * at(each.recurrentWeight, gate * hidden + unit, k);
        return sum;
      };
      const r = sigmoid(input(0) + recurrent(0));
      const z = sigmoid(input(1) + recurrent(1));
      const n = Math.tanh(input(2) + r * recurrent(2));
      h.data[position * hidden + unit] = (1 - z) * n + z * before(h0, h, unit);
    }
  });
  return h;
}

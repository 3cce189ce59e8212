/** An LSTM over packed sentences in 64-bit numbers, as slowly and plainly as it can be said. */
import { at, type Matrix, matrix } from './matrix.ts';
import { eachPosition, sigmoid } from './positions.ts';

export interface LstmCase {
  readonly x: Matrix;
  readonly kernel: Matrix;
  readonly bias: Matrix;
  readonly h0: Matrix;
  readonly c0: Matrix;
  /** Rows of each time step. */
  readonly rows: readonly number[];
}

/** h and c of all positions. Gates stand in the order i, g, f, o. */
export function referenceLstm({ x, kernel, bias, h0, c0, rows }: LstmCase): { h: Matrix; c: Matrix } {
  const hidden = h0.columns;
  const h = matrix(x.rows, hidden);
  const c = matrix(x.rows, hidden);
  eachPosition(rows, (position, before) => {
    for (let unit = 0; unit < hidden; unit += 1) {
      const [i = 0, g = 0, f = 0, o = 0] = [0, 1, 2, 3].map((gate) => {
        const column = gate * hidden + unit;
        let sum = at(bias, 0, column);
        for (let k = 0; k < x.columns; k += 1) sum += at(x, position, k) * at(kernel, k, column);
        for (let k = 0; k < hidden; k += 1) sum += before(h0, h, k) * at(kernel, x.columns + k, column);
        return sum;
      });
      const state = sigmoid(f) * before(c0, c, unit) + sigmoid(i) * Math.tanh(g);
      c.data[position * hidden + unit] = state;
      h.data[position * hidden + unit] = sigmoid(o) * Math.tanh(state);
    }
  });
  return { h, c };
}

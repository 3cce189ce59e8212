/** How references walk through packed sentences. */
import { at, type Matrix } from './matrix.ts';

/** The element of a row's state before its position: of `start` in the first time step, then of `states`. */
type Before = (start: Matrix, states: Matrix, unit: number) => number;

/** Visits the positions of all time steps in order. @param rows of each time step */
export function eachPosition(
  rows: readonly number[],
  visit: (position: number, before: Before) => void,
): void {
  let [offsetBefore, offset] = [0, 0];
  rows.forEach((count, step) => {
    for (let row = 0; row < count; row += 1) {
      const from = offsetBefore + row;
      visit(offset + row, (start, states, unit) =>
        step === 0 ? at(start, row, unit) : at(states, from, unit),
      );
    }
    [offsetBefore, offset] = [offset, offset + count];
  });
}

export function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

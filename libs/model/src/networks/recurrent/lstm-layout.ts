/**
 * The LSTM's parameters in PyTorch's layout, in which checkpoints are written: there it has `weight_ih_l0`
 * [4 hidden, input] and `weight_hh_l0` [4 hidden, hidden], with gates in the order i, f, g, o. The kernel holds
 * both, input rows first, with gates in the order i, g, f, o.
 */
import { type FileLayout, oneTensor } from '../../checkpoint/parameters.ts';
import type { CellName } from './recurrent-cell.ts';

/** Block of the kernel's order (i, g, f, o) for each block of PyTorch's (i, f, g, o). */
const gateOrder = [0, 2, 1, 3] as const;

/** Of the kernel [input + hidden, 4 hidden]. */
export function kernelLayout({ prefix, suffix }: CellName, input: number, hidden: number): FileLayout {
  const columns = 4 * hidden;
  return {
    tensors: [
      { name: `${prefix}.weight_ih_l0${suffix}`, shape: [columns, input] },
      { name: `${prefix}.weight_hh_l0${suffix}`, shape: [columns, hidden] },
    ],
    toFile: (kernel) => [
      transposeGates(kernel, 0, input, columns),
      transposeGates(kernel, input, hidden, columns),
    ],
    fromFile: ([inputWeight, recurrentWeight]) => {
      if (!inputWeight || !recurrentWeight) throw new RangeError('an LSTM has two weights');
      const kernel = new Float32Array((input + hidden) * columns);
      placeGates(inputWeight, kernel, 0, input, columns);
      placeGates(recurrentWeight, kernel, input, hidden, columns);
      return kernel;
    },
  };
}

/** Of a bias [4 hidden]. Exchanging f and g is its own inverse. */
export function biasLayout(name: string, hidden: number): FileLayout {
  return oneTensor(name, [4 * hidden], reorderGates);
}

function reorderGates(values: Float32Array): Float32Array {
  const size = values.length / 4;
  const reordered = new Float32Array(values.length);
  gateOrder.forEach((from, to) => reordered.set(values.subarray(from * size, (from + 1) * size), to * size));
  return reordered;
}

/** Rows [start, start + count) of the kernel [rows, columns] → [columns, count] in PyTorch's order of gates. */
function transposeGates(kernel: Float32Array, start: number, count: number, columns: number): Float32Array {
  const transposed = new Float32Array(columns * count);
  eachCell(count, columns, (row, column, torchRow) => {
    transposed[torchRow * count + row] = kernel[(start + row) * columns + column] ?? 0;
  });
  return transposed;
}

/** The way back, into the rows from `start`. */
function placeGates(
  transposed: Float32Array,
  kernel: Float32Array,
  start: number,
  count: number,
  columns: number,
): void {
  eachCell(count, columns, (row, column, torchRow) => {
    kernel[(start + row) * columns + column] = transposed[torchRow * count + row] ?? 0;
  });
}

function eachCell(
  rows: number,
  columns: number,
  visit: (row: number, column: number, torchRow: number) => void,
): void {
  const hidden = columns / 4;
  gateOrder.forEach((from, to) => {
    for (let row = 0; row < rows; row += 1) {
      for (let unit = 0; unit < hidden; unit += 1) visit(row, from * hidden + unit, to * hidden + unit);
    }
  });
}

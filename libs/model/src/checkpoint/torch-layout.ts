/**
 * Between the layout that the kernels want and PyTorch's, in which checkpoints are written: there an LSTM has
 * `weight_ih_l0` [4 hidden, input] and `weight_hh_l0` [4 hidden, hidden], with gates in the order i, f, g, o.
 */
import type { ParameterSpec } from '../networks/parameter-spec.ts';
import type { NamedTensor } from './safetensors.ts';

/** Block of the kernel's order (i, g, f, o) for each block of PyTorch's (i, f, g, o). */
const gateOrder = [0, 2, 1, 3] as const;

/** The tensors of a checkpoint that hold a parameter, without data. */
export function torchTensorsOf({ name, shape }: ParameterSpec): { name: string; shape: readonly number[] }[] {
  const [, lstm, suffix] = /^(.*\.)kernel(|_reverse)$/.exec(name) ?? [];
  if (lstm === undefined) return [{ name, shape }];
  const [rows = 0, columns = 0] = shape;
  const hidden = columns / 4;
  return [
    { name: `${lstm}weight_ih_l0${suffix}`, shape: [columns, rows - hidden] },
    { name: `${lstm}weight_hh_l0${suffix}`, shape: [columns, hidden] },
  ];
}

/** A parameter's values, or those of anything of its shape (a gradient, a moment), as a checkpoint has them. */
export function toTorch(spec: ParameterSpec, values: Float32Array): NamedTensor[] {
  const [first, second] = torchTensorsOf(spec);
  if (first === undefined) return [];
  if (isLstmBias(spec)) return [{ ...first, data: reorderGates(values) }];
  if (second === undefined) return [{ ...first, data: values }];
  const [columns = 0, inputs = 0] = first.shape;
  return [
    { ...first, data: transposeGates(values, 0, inputs, columns) },
    { ...second, data: transposeGates(values, inputs, second.shape[1] ?? 0, columns) },
  ];
}

/** The way back. @param tensors those that `torchTensorsOf` names, in its order */
export function fromTorch(spec: ParameterSpec, tensors: readonly Float32Array[]): Float32Array {
  const [first, second] = tensors;
  if (first === undefined) throw new RangeError(`no tensor for ${spec.name}`);
  if (isLstmBias(spec)) return reorderGates(first);
  if (second === undefined) return first;
  const [rows = 0, columns = 0] = spec.shape;
  const values = new Float32Array(rows * columns);
  const inputs = rows - columns / 4;
  placeGates(first, values, 0, inputs, columns);
  placeGates(second, values, inputs, rows - inputs, columns);
  return values;
}

function isLstmBias({ name }: ParameterSpec): boolean {
  return /\.lstm\d\.bias_/.test(name);
}

/** Exchanging f and g is its own inverse. */
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

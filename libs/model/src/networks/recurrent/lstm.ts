/** The LSTM: each segment forward by one kernel; backward with the weights' gradient in one product. */
import {
  addAll,
  addTwo,
  firstRows,
  gatherRows,
  matMul,
  sliceRows,
  unstack,
  withZeroRows,
} from '../../kernels/matrices.ts';
import { isNative } from '../../kernels/choice.ts';
import { type LstmOutputs, blockLstm, lstmCellGradient } from './lstm-kernels.ts';
import { type Packing, packStep, predecessors, type Segment } from '../packing.ts';
import type { Weights } from '../parameter.ts';
import { biasLayout, kernelLayout } from './lstm-layout.ts';
import { isWorthNative, runNativeLstm } from './native-cells.ts';
import { nativeLstmStep } from './native-steps.ts';
import type { CellName, LayerRun, LayerState, RecurrentCell } from './recurrent-cell.ts';
import { type Tensor, tf } from '@honyaku/kernels/tensorflow';

/** `kernel` [input + hidden, 4 hidden] holds both weights, input rows first, gates in the order i, g, f, o. */
export const lstm: RecurrentCell = {
  stateSize: 2,
  parameters: (cell, input, hidden) => {
    const names = namesOf(cell);
    const start = 1 / Math.sqrt(hidden);
    return [
      {
        name: names.kernel,
        shape: [input + hidden, 4 * hidden],
        start,
        layout: kernelLayout(cell, input, hidden),
      },
      ...names.biases.map((name) => ({
        name,
        shape: [4 * hidden],
        start,
        layout: biasLayout(name, hidden),
      })),
    ];
  },
  run: runLstm,
  step: (cell, x, start, weights) =>
    isNative
      ? nativeLstmStep(namesOf(cell), x, start, weights)
      : runLstm(cell, x, packStep(x.shape[0] ?? 0), start, weights).final(),
};

function namesOf({ prefix, suffix }: CellName) {
  return {
    kernel: `${prefix}.kernel${suffix}`,
    biases: [`${prefix}.bias_ih_l0${suffix}`, `${prefix}.bias_hh_l0${suffix}`],
  };
}

interface SegmentRun {
  readonly segment: Segment;
  readonly x: Tensor;
  readonly start: { readonly h: Tensor; readonly c: Tensor };
  readonly saved: LstmOutputs;
}

function runLstm(cell: CellName, x: Tensor, packing: Packing, start: LayerState, weights: Weights): LayerRun {
  const names = namesOf(cell);
  const kernel = weights(names.kernel);
  const bias = addAll(names.biases.map(weights));
  if (isNative && isWorthNative(packing)) return runNativeLstm({ kernel, bias, names }, x, packing, start);
  const hidden = (kernel.shape[1] ?? 0) / 4;
  const input = x.shape[1] ?? 0;
  const [h0, c0] = start;
  if (!h0 || !c0) throw new RangeError('an LSTM starts from h and c');

  const runs: SegmentRun[] = [];
  let state = { h: h0, c: c0 };
  for (const segment of packing.segments) {
    const { steps, rows, offset } = segment;
    const from = { h: firstRows(state.h, rows), c: firstRows(state.c, rows) };
    const segmentX = sliceRows(x, offset, steps * rows).reshape([steps, rows, input]);
    const saved = blockLstm(segmentX, from.c, from.h, kernel, bias);
    runs.push({ segment, x: segmentX, start: from, saved });
    state = { h: lastStep(saved.h), c: lastStep(saved.cs) };
  }
  const flat = runs.map(({ saved, segment: { steps, rows } }) => saved.h.reshape([steps * rows, hidden]));
  const out = flat.length === 1 && flat[0] ? flat[0] : tf.concat(flat, 0);

  return {
    out,
    final: () => [state.h, state.c],
    backward: (dOut, gradients, dFinal) => {
      const { dGates, dH, dC } = throughTime(runs, dOut, kernel, bias, dFinal);
      const previous = gatherRows(tf.concat([h0, out], 0), tf.tensor1d(predecessors(packing), 'int32'));
      gradients.addProduct(names.kernel, tf.concat([x, previous], 1), dGates);
      for (const name of names.biases) gradients.addRows(name, dGates);
      const dX = matMul(dGates, sliceRows(kernel, 0, input), { b: true });
      const rows = h0.shape[0] ?? 0;
      return { dX, dStart: [withZeroRows(dH, rows), withZeroRows(dC, rows)] };
    },
  };
}

/** [steps, rows, hidden] → [rows, hidden] */
function lastStep(tensor: Tensor): Tensor {
  const [steps = 0, rows = 0, hidden = 0] = tensor.shape;
  return sliceRows(tensor.reshape([steps * rows, hidden]), (steps - 1) * rows, rows);
}

/** Back through all time steps: one small kernel and one product [rows, 4h] × [4h, h] each. */
function throughTime(
  runs: readonly SegmentRun[],
  dOut: Tensor,
  kernel: Tensor,
  bias: Tensor,
  dFinal: LayerState | undefined,
): { dGates: Tensor; dH: Tensor; dC: Tensor } {
  const hidden = (kernel.shape[1] ?? 0) / 4;
  // A product with a transposed operand transposes it each time, which takes longer than the product.
  const recurrent = sliceRows(kernel, (kernel.shape[0] ?? 0) - hidden, hidden).transpose();
  const peephole = tf.zeros([hidden]);
  const dGates: Tensor[] = [];
  let dH = dFinal?.[0];
  let dC = dFinal?.[1];
  for (const { segment, x, start, saved } of [...runs].reverse()) {
    const { steps, rows, offset } = segment;
    const stepsOf = (tensor: Tensor) => unstack(tensor.reshape([steps, rows, hidden]));
    const [i, cs, f, o, ci, co] = [saved.i, saved.cs, saved.f, saved.o, saved.ci, saved.co].map(stepsOf);
    const dOuts = stepsOf(sliceRows(dOut, offset, steps * rows));
    // The kernel looks at the shape of x alone.
    const anyX = sliceRows(x.reshape([steps * rows, x.shape[2] ?? 0]), 0, rows);
    dH = dH && withZeroRows(dH, rows);
    dC = withZeroRows(dC ?? tf.zeros([rows, hidden]), rows);
    for (let t = steps - 1; t >= 0; t -= 1) {
      const own = itemAt(dOuts, t);
      const step = lstmCellGradient({
        x: anyX,
        csPrevious: t === 0 ? start.c : itemAt(cs, t - 1),
        hPrevious: start.h,
        w: kernel,
        peephole,
        b: bias,
        outputs: {
          i: itemAt(i, t),
          cs: itemAt(cs, t),
          f: itemAt(f, t),
          o: itemAt(o, t),
          ci: itemAt(ci, t),
          co: itemAt(co, t),
        },
        dCs: dC,
        dH: dH ? addTwo(own, dH) : own,
      });
      dC = step.dCsPrevious;
      dH = matMul(step.dGates, recurrent);
      dGates.push(step.dGates);
    }
  }
  if (!dH || !dC) throw new RangeError('no time steps');
  return { dGates: tf.concat(dGates.reverse(), 0), dH, dC };
}

function itemAt(tensors: readonly Tensor[] | undefined, index: number): Tensor {
  const tensor = tensors?.[index];
  if (tensor === undefined) throw new RangeError(`no time step ${index}`);
  return tensor;
}

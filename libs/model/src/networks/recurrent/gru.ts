/** The GRU in PyTorch's form (the reset gate after the recurrent product), with PyTorch's layout of weights. */
import { isNative } from '../../kernels/choice.ts';
import { addTwo, firstRows, gatherRows, matMul, sliceRows, withZeroRows } from '../../kernels/matrices.ts';
import { type Packing, packStep, predecessors, stepOf } from '../packing.ts';
import { parameter, type Weights } from '../parameter.ts';
import { isWorthNative, runNativeGru } from './native-cells.ts';
import { nativeGruStep } from './native-steps.ts';
import type { CellName, LayerRun, LayerState, RecurrentCell } from './recurrent-cell.ts';
import { type Tensor, tf } from '@honyaku/kernels/tensorflow';

/** Gates stand in the order r, z, n. */
export const gru: RecurrentCell = {
  stateSize: 1,
  parameters: (name, input, hidden) => {
    const names = namesOf(name);
    const start = 1 / Math.sqrt(hidden);
    return [
      parameter(names.input, [3 * hidden, input], start),
      parameter(names.recurrent, [3 * hidden, hidden], start),
      parameter(names.inputBias, [3 * hidden], start),
      parameter(names.recurrentBias, [3 * hidden], start),
    ];
  },
  run: runGru,
  step: (name, x, start, weights) =>
    isNative
      ? nativeGruStep(namesOf(name), x, start, weights)
      : runGru(name, x, packStep(x.shape[0] ?? 0), start, weights).final(),
};

function namesOf({ prefix, suffix }: CellName) {
  return {
    input: `${prefix}.weight_ih_l0${suffix}`,
    recurrent: `${prefix}.weight_hh_l0${suffix}`,
    inputBias: `${prefix}.bias_ih_l0${suffix}`,
    recurrentBias: `${prefix}.bias_hh_l0${suffix}`,
  };
}

/** What one time step leaves for the way back; `recurrentN` is n's recurrent part before the reset gate. */
interface Step {
  readonly offset: number;
  readonly rows: number;
  readonly previous: Tensor;
  readonly r: Tensor;
  readonly z: Tensor;
  readonly n: Tensor;
  readonly recurrentN: Tensor;
  readonly h: Tensor;
}

function runGru(name: CellName, x: Tensor, packing: Packing, start: LayerState, weights: Weights): LayerRun {
  const names = namesOf(name);
  const recurrent = weights(names.recurrent);
  if (isNative && isWorthNative(packing)) {
    const biases = { input: weights(names.inputBias), recurrent: weights(names.recurrentBias) };
    return runNativeGru(
      { weights: { input: weights(names.input), recurrent }, biases, names },
      x,
      packing,
      start,
    );
  }
  // A product with a transposed operand transposes it each time, which takes longer than the product.
  const transposed = recurrent.transpose();
  const recurrentBias = weights(names.recurrentBias);
  const fromInput = matMul(x, weights(names.input), { b: true }).add(weights(names.inputBias));
  const [h0] = start;
  if (!h0) throw new RangeError('a GRU starts from h');

  const steps: Step[] = [];
  let h = h0;
  for (let time = 0; time < (packing.lengths[0] ?? 0); time += 1) {
    const { rows, offset } = stepOf(packing, time);
    const previous = firstRows(h, rows);
    const [xr, xz, xn] = tf.split(sliceRows(fromInput, offset, rows), 3, 1);
    const [hr, hz, recurrentN] = tf.split(matMul(previous, transposed).add(recurrentBias), 3, 1);
    if (!xr || !xz || !xn || !hr || !hz || !recurrentN) throw new RangeError('a GRU has three gates');
    const r = xr.add(hr).sigmoid();
    const z = xz.add(hz).sigmoid();
    const n = xn.add(r.mul(recurrentN)).tanh();
    h = n.add(z.mul(previous.sub(n)));
    steps.push({ offset, rows, previous, r, z, n, recurrentN, h });
  }
  const final = h;
  const out = tf.concat(
    steps.map((step) => step.h),
    0,
  );

  return {
    out,
    final: () => [final],
    backward: (dOut, gradients, dFinal) => {
      let dH = dFinal?.[0];
      const dInputs: Tensor[] = [];
      const dRecurrents: Tensor[] = [];
      for (const step of [...steps].reverse()) {
        const own = sliceRows(dOut, step.offset, step.rows);
        const { dInput, dRecurrent, dThrough } = stepBackward(
          step,
          dH ? addTwo(own, withZeroRows(dH, step.rows)) : own,
        );
        dH = dThrough.add(matMul(dRecurrent, recurrent));
        dInputs.push(dInput);
        dRecurrents.push(dRecurrent);
      }
      if (!dH) throw new RangeError('no time steps');
      const dInput = tf.concat(dInputs.reverse(), 0);
      const dRecurrent = tf.concat(dRecurrents.reverse(), 0);
      const previous = gatherRows(tf.concat([h0, out], 0), tf.tensor1d(predecessors(packing), 'int32'));
      gradients.addProduct(names.input, dInput, x);
      gradients.addProduct(names.recurrent, dRecurrent, previous);
      gradients.addRows(names.inputBias, dInput);
      gradients.addRows(names.recurrentBias, dRecurrent);
      return {
        dX: matMul(dInput, weights(names.input)),
        dStart: [withZeroRows(dH, h0.shape[0] ?? 0)],
      };
    },
  };
}

/** Gradients by the gates' inputs [rows, 3 hidden] of both products, and by the previous h past the gates. */
function stepBackward(
  { previous, r, z, n, recurrentN }: Step,
  dH: Tensor,
): { dInput: Tensor; dRecurrent: Tensor; dThrough: Tensor } {
  const dN = dH.sub(dH.mul(z)).mul(n.square().neg().add(1));
  const dZ = dH.mul(previous.sub(n)).mul(z.sub(z.square()));
  const dR = dN.mul(recurrentN).mul(r.sub(r.square()));
  return {
    dInput: tf.concat([dR, dZ, dN], 1),
    dRecurrent: tf.concat([dR, dZ, dN.mul(r)], 1),
    dThrough: dH.mul(z),
  };
}

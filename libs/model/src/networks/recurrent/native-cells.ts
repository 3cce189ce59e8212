/** LSTM and GRU layers forward and backward by our native kernels, each by one, all time steps together. */
import { gru, gruGradient, lstm, lstmGradient } from '@honyaku/kernels';
import { type Tensor, tf } from '@honyaku/kernels/tensorflow';
import { precision } from '../../kernels/choice.ts';
import { firstRows, sliceRows } from '../../kernels/matrices.ts';
import type { Packing } from '../packing.ts';
import type { LayerRun, LayerState } from './recurrent-cell.ts';

export interface NativeLstm {
  readonly kernel: Tensor;
  /** The sum of both of PyTorch's, of which each has its gradient. */
  readonly bias: Tensor;
  readonly names: { readonly kernel: string; readonly biases: readonly string[] };
}

export function runNativeLstm(
  { kernel, bias, names }: NativeLstm,
  x: Tensor,
  packing: Packing,
  [h0, c0]: LayerState,
): LayerRun {
  if (!h0 || !c0) throw new RangeError('an LSTM starts from h and c');
  const inputs = { x, kernel, h0, c0, rows: rowsOf(packing) };
  const outputs = lstm(inputs, bias, precision);
  return {
    out: outputs.h,
    final: () => [lastStep(outputs.h, packing), lastStep(outputs.c, packing)],
    backward: (dOut, gradients, dFinal) => {
      const [dHFinal, dCFinal] = [0, 1].map((part) => finalGradient(dFinal?.[part], packing, h0));
      if (!dHFinal || !dCFinal) throw new RangeError('an LSTM ends with h and c');
      const { dX, dKernel, dBias, dH0, dC0 } = lstmGradient(
        inputs,
        outputs,
        { dH: dOut, dHFinal, dCFinal },
        precision,
      );
      gradients.addWhole(names.kernel, dKernel);
      for (const name of names.biases) gradients.addWhole(name, dBias.clone());
      return { dX, dStart: [dH0, dC0] };
    },
  };
}

export interface NativeGru {
  readonly weights: { readonly input: Tensor; readonly recurrent: Tensor };
  readonly biases: { readonly input: Tensor; readonly recurrent: Tensor };
  readonly names: {
    readonly input: string;
    readonly recurrent: string;
    readonly inputBias: string;
    readonly recurrentBias: string;
  };
}

export function runNativeGru(
  { weights, biases, names }: NativeGru,
  x: Tensor,
  packing: Packing,
  [h0]: LayerState,
): LayerRun {
  if (!h0) throw new RangeError('a GRU starts from h');
  const inputs = {
    x,
    inputWeight: weights.input,
    recurrentWeight: weights.recurrent,
    h0,
    rows: rowsOf(packing),
  };
  const outputs = gru(inputs, biases, precision);
  return {
    out: outputs.h,
    final: () => [lastStep(outputs.h, packing)],
    backward: (dOut, gradients, dFinal) => {
      const dHFinal = finalGradient(dFinal?.[0], packing, h0);
      const back = gruGradient(inputs, outputs, { dH: dOut, dHFinal }, precision);
      gradients.addWhole(names.input, back.dInputWeight);
      gradients.addWhole(names.recurrent, back.dRecurrentWeight);
      gradients.addWhole(names.inputBias, back.dInputBias);
      gradients.addWhole(names.recurrentBias, back.dRecurrentBias);
      return { dX: back.dX, dStart: [back.dH0] };
    },
  };
}

/** Whether a kernel pays: it arranges the weights anew in each call, which one time step does not make up for. */
export function isWorthNative({ segments }: Packing): boolean {
  return segments.length > 1 || (segments[0]?.steps ?? 0) > 1;
}

/** Rows of each time step, [steps] int32 */
export function rowsOf({ segments }: Packing): Tensor {
  const rows = segments.flatMap(({ steps, rows: each }) => new Array<number>(steps).fill(each));
  return tf.tensor1d(rows, 'int32');
}

/** Rows of the last time step, [rows, hidden]. */
function lastStep(tensor: Tensor, { segments, positions }: Packing): Tensor {
  const rows = segments.at(-1)?.rows ?? 0;
  return sliceRows(tensor, positions - rows, rows);
}

function finalGradient(gradient: Tensor | undefined, { segments }: Packing, start: Tensor): Tensor {
  if (!gradient) return tf.zeros([0, start.shape[1] ?? 0]);
  return firstRows(gradient, Math.min(gradient.shape[0] ?? 0, segments.at(-1)?.rows ?? 0));
}

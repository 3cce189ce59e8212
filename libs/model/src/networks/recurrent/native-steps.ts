/** One time step of LSTM and GRU by our native kernels, with weights that are packed once for all steps. */
import { gruStep, lstmStep, pack } from '@honyaku/kernels';
import type { Tensor } from '@honyaku/kernels/tensorflow';
import { precision } from '../../kernels/choice.ts';
import { addAll, sliceRows } from '../../kernels/matrices.ts';
import type { Weights } from '../parameter.ts';
import type { LayerState } from './recurrent-cell.ts';

interface LstmNames {
  readonly kernel: string;
  readonly biases: readonly string[];
}

/** @param x [rows, input] */
export function nativeLstmStep(
  { kernel, biases }: LstmNames,
  x: Tensor,
  [h, c]: LayerState,
  weights: Weights,
): LayerState {
  if (!h || !c) throw new RangeError('an LSTM starts from h and c');
  const input = x.shape[1] ?? 0;
  const packed = (part: string, start: number, count: number) =>
    weights.derived(`packed ${part} of ${kernel}`, () =>
      pack(sliceRows(weights(kernel), start, count), { gates: 4, precision }),
    );
  const bias = weights.derived(`bias of ${kernel}`, () => addAll(biases.map(weights)));
  const inputs = {
    x,
    h,
    inputWeight: packed('input', 0, input),
    recurrentWeight: packed('state', input, h.shape[1] ?? 0),
  };
  const after = lstmStep(inputs, bias, c, precision);
  return [after.h, after.c];
}

interface GruNames {
  readonly input: string;
  readonly recurrent: string;
  readonly inputBias: string;
  readonly recurrentBias: string;
}

/** @param x [rows, input] */
export function nativeGruStep(names: GruNames, x: Tensor, [h]: LayerState, weights: Weights): LayerState {
  if (!h) throw new RangeError('a GRU starts from h');
  const packed = (name: string) =>
    weights.derived(`packed ${name}`, () => pack(weights(name), { gates: 3, transposed: true, precision }));
  const inputs = { x, h, inputWeight: packed(names.input), recurrentWeight: packed(names.recurrent) };
  const biases = { input: weights(names.inputBias), recurrent: weights(names.recurrentBias) };
  return [gruStep(inputs, biases, precision)];
}

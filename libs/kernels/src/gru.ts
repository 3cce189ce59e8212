/** A whole GRU layer over packed sentences, forward and backward, each by one kernel. */
import { type Precision } from './load.ts';
import { precisionAttribute } from './products.ts';
import { runKernelForAll, type Tensor } from './tensorflow.ts';

/** Positions as in `LstmInputs`; weights in PyTorch's layout, gates in the order r, z, n. */
export interface GruInputs {
  /** [positions, input] */
  readonly x: Tensor;
  /** [3 hidden, input] */
  readonly inputWeight: Tensor;
  /** [3 hidden, hidden] */
  readonly recurrentWeight: Tensor;
  /** [batch, hidden] */
  readonly h0: Tensor;
  /** [steps] int32: rows of each time step, at most those of the step before */
  readonly rows: Tensor;
}

/** Each [3 hidden]. */
export interface GruBiases {
  readonly input: Tensor;
  readonly recurrent: Tensor;
}

export interface GruOutputs {
  /** [positions, hidden] */
  readonly h: Tensor;
  /** Gates of all positions, for the gradient alone: laid out as the instruction set wants them. */
  readonly gates: Tensor;
}

/** The GRU in PyTorch's form: the reset gate comes after the recurrent product. */
export function gru(
  { x, inputWeight, recurrentWeight, h0, rows }: GruInputs,
  biases: GruBiases,
  precision: Precision = 'float32',
): GruOutputs {
  const inputs = [x, inputWeight, recurrentWeight, h0, rows, biases.input, biases.recurrent];
  const [h, gates] = runKernelForAll('HonyakuGru', [precisionAttribute(precision)], inputs, 2);
  return { h, gates };
}

/** Gradients of a loss by what a layer gave. */
export interface GruOutputGradients {
  /** [positions, hidden], by h */
  readonly dH: Tensor;
  /** [n, hidden], by h of the first n rows of the last time step, which come on top of `dH`; n may be 0 */
  readonly dHFinal: Tensor;
}

/** Each of the shape of what it is the gradient by. */
export interface GruGradients {
  readonly dX: Tensor;
  readonly dInputWeight: Tensor;
  readonly dRecurrentWeight: Tensor;
  readonly dInputBias: Tensor;
  readonly dRecurrentBias: Tensor;
  readonly dH0: Tensor;
}

/** The gradient of `gru`, of the same inputs and precision and with what it gave. */
export function gruGradient(
  { x, inputWeight, recurrentWeight, h0, rows }: GruInputs,
  { h, gates }: GruOutputs,
  { dH, dHFinal }: GruOutputGradients,
  precision: Precision = 'float32',
): GruGradients {
  const inputs = [x, inputWeight, recurrentWeight, h0, rows, h, gates, dH, dHFinal];
  const [dX, dInputWeight, dRecurrentWeight, dInputBias, dRecurrentBias, dH0] = runKernelForAll(
    'HonyakuGruGrad',
    [precisionAttribute(precision)],
    inputs,
    6,
  );
  return { dX, dInputWeight, dRecurrentWeight, dInputBias, dRecurrentBias, dH0 };
}

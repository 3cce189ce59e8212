/** A whole LSTM layer over packed sentences, forward and backward, each by one kernel. */
import { type Precision } from './load.ts';
import { precisionAttribute } from './products.ts';
import { runKernelForAll, type Tensor } from './tensorflow.ts';

/**
 * Positions are the rows of all time steps below each other; rows that end stand last, so that those of a time step
 * are the first ones of the step before.
 */
export interface LstmInputs {
  /** [positions, input] */
  readonly x: Tensor;
  /** [input + hidden, 4 hidden], gates in the order i, g, f, o */
  readonly kernel: Tensor;
  /** [batch, hidden] */
  readonly h0: Tensor;
  /** [batch, hidden] */
  readonly c0: Tensor;
  /** [steps] int32: rows of each time step, at most those of the step before */
  readonly rows: Tensor;
}

export interface LstmOutputs {
  /** [positions, hidden] */
  readonly h: Tensor;
  /** [positions, hidden] */
  readonly c: Tensor;
  /** Gates of all positions, for the gradient alone: laid out as the instruction set wants them. */
  readonly gates: Tensor;
}

/** @param bias [4 hidden] */
export function lstm(
  { x, kernel, h0, c0, rows }: LstmInputs,
  bias: Tensor,
  precision: Precision = 'float32',
): LstmOutputs {
  const inputs = [x, kernel, h0, c0, rows, bias];
  const [h, c, gates] = runKernelForAll('HonyakuLstm', [precisionAttribute(precision)], inputs, 3);
  return { h, c, gates };
}

/** Gradients of a loss by what a layer gave. */
export interface LstmOutputGradients {
  /** [positions, hidden], by h */
  readonly dH: Tensor;
  /** [n, hidden], by h of the first n rows of the last time step, which come on top of `dH`; n may be 0 */
  readonly dHFinal: Tensor;
  /** [n, hidden], by c of the same rows */
  readonly dCFinal: Tensor;
}

export interface LstmGradients {
  /** [positions, input] */
  readonly dX: Tensor;
  /** [input + hidden, 4 hidden] */
  readonly dKernel: Tensor;
  /** [4 hidden] */
  readonly dBias: Tensor;
  /** [batch, hidden] */
  readonly dH0: Tensor;
  /** [batch, hidden] */
  readonly dC0: Tensor;
}

/** The gradient of `lstm`, of the same inputs and precision and with what it gave. */
export function lstmGradient(
  { x, kernel, h0, c0, rows }: LstmInputs,
  { h, c, gates }: LstmOutputs,
  { dH, dHFinal, dCFinal }: LstmOutputGradients,
  precision: Precision = 'float32',
): LstmGradients {
  const inputs = [x, kernel, h0, c0, rows, h, c, gates, dH, dHFinal, dCFinal];
  const [dX, dKernel, dBias, dH0, dC0] = runKernelForAll(
    'HonyakuLstmGrad',
    [precisionAttribute(precision)],
    inputs,
    5,
  );
  return { dX, dKernel, dBias, dH0, dC0 };
}

/** What generation computes token after token: products and recurrent layers with packed weights, and the likeliest tokens. */
import { type Precision } from './load.ts';
import { precisionAttribute } from './products.ts';
import { attributes, runKernel, runKernelForAll, type Tensor } from './tensorflow.ts';

export interface PackOptions {
  /** Blocks of columns that belong together: 4 of an LSTM, 3 of a GRU, else 1. */
  readonly gates?: 1 | 3 | 4;
  /** Whether the weights are [columns, depth]. */
  readonly transposed?: boolean;
  readonly precision?: Precision;
}

/**
 * Weights [depth, columns] in the order in which products of this instruction set and precision read them, for other
 * kernels of this file alone: packing costs as much as a product with some ten rows.
 */
export function pack(
  weights: Tensor,
  { gates = 1, transposed = false, precision = 'float32' }: PackOptions = {},
): Tensor {
  return runKernel(
    'HonyakuPack',
    [
      attributes.int('gates', gates),
      attributes.bool('transpose_b', transposed),
      precisionAttribute(precision),
    ],
    [weights],
  );
}

/** a [n, k] · packed [k, m] + bias [m] → [n, m] */
export function packedProduct(
  a: Tensor,
  packed: Tensor,
  bias: Tensor,
  precision: Precision = 'float32',
): Tensor {
  return runKernel('HonyakuPackedProduct', [precisionAttribute(precision)], [a, packed, bias]);
}

/** One time step of a layer; both weights are packed with its gates. */
export interface StepInputs {
  /** [rows, input] */
  readonly x: Tensor;
  /** [rows, hidden] */
  readonly h: Tensor;
  /** [input, gates · hidden] */
  readonly inputWeight: Tensor;
  /** [hidden, gates · hidden] */
  readonly recurrentWeight: Tensor;
}

/**
 * The same bytes as `lstm` of one time step.
 * @param bias [4 hidden], gates in the order i, g, f, o, as those of the weights
 * @param c [rows, hidden]
 * @returns h and c after the step
 */
export function lstmStep(
  { x, h, inputWeight, recurrentWeight }: StepInputs,
  bias: Tensor,
  c: Tensor,
  precision: Precision = 'float32',
): { h: Tensor; c: Tensor } {
  const inputs = [x, h, inputWeight, recurrentWeight, bias, c];
  const [hAfter, cAfter] = runKernelForAll('HonyakuLstmStep', [precisionAttribute(precision)], inputs, 2);
  return { h: hAfter, c: cAfter };
}

/**
 * The same bytes as `gru` of one time step.
 * @param biases each [3 hidden], gates in the order r, z, n, as those of the weights
 * @returns h after the step
 */
export function gruStep(
  { x, h, inputWeight, recurrentWeight }: StepInputs,
  biases: { readonly input: Tensor; readonly recurrent: Tensor },
  precision: Precision = 'float32',
): Tensor {
  const inputs = [x, h, inputWeight, recurrentWeight, biases.input, biases.recurrent];
  return runKernel('HonyakuGruStep', [precisionAttribute(precision)], inputs);
}

/**
 * The `count` likeliest tokens of each row of logits [rows, vocabulary], likeliest first, of equal ones the lower id
 * first. Their log probabilities are by the softmax of all logits.
 * @param excluded a token that is as if it had no probability; the others keep theirs
 * @returns both [rows, count], ids as int32
 */
export function topTokens(
  logits: Tensor,
  count: number,
  excluded?: number,
): { ids: Tensor; logProbabilities: Tensor } {
  const [ids, logProbabilities] = runKernelForAll(
    'HonyakuTopTokens',
    [attributes.int('count', count), attributes.int('excluded', excluded ?? -1)],
    [logits],
    2,
  );
  return { ids, logProbabilities };
}

/** Attention of a decoder over packed sentences to the encoder's rows, forward and backward, each by one kernel. */
import './load.ts';
import { runKernelForAll, type Tensor } from './tensorflow.ts';

export interface AttentionInputs {
  /** [positions, hidden], the rows of all time steps below each other as the LSTM has them */
  readonly query: Tensor;
  /** What row b of the decoder looks at, [batch, length, hidden] */
  readonly encoded: Tensor;
  /** [steps] int32: rows of each time step, at most those of the step before */
  readonly rows: Tensor;
}

export interface AttentionOutputs {
  /** The mean of the encoder's rows, weighted by the shares, [positions, hidden] */
  readonly context: Tensor;
  /** The softmax of the dot products with the query, 0 at padding, [positions, length] */
  readonly shares: Tensor;
}

/** @param mask negative at padding, else 0, [batch, 1, length]; each row has a token */
export function attention({ query, encoded, rows }: AttentionInputs, mask: Tensor): AttentionOutputs {
  const [context, shares] = runKernelForAll('HonyakuAttention', [], [query, encoded, rows, mask], 2);
  return { context, shares };
}

export interface AttentionGradients {
  /** [positions, hidden] */
  readonly dQuery: Tensor;
  /** [batch, length, hidden] */
  readonly dEncoded: Tensor;
}

/** The gradient of `attention`, of the same inputs and with its shares, by its context [positions, hidden]. */
export function attentionGradient(
  { query, encoded, rows }: AttentionInputs,
  shares: Tensor,
  dContext: Tensor,
): AttentionGradients {
  const inputs = [query, encoded, rows, shares, dContext];
  const [dQuery, dEncoded] = runKernelForAll('HonyakuAttentionGrad', [], inputs, 2);
  return { dQuery, dEncoded };
}

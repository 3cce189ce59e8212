/** Multi-head attention over packed sentences, forward and backward, and of one token more, each by one kernel. */
import { type DropoutOptions, dropoutKeyOf, rateAttribute } from './dropout.ts';
import './load.ts';
import { attributes, runKernelForAll, type Tensor } from './tensorflow.ts';

/** Sentence after sentence, without padding; the heads of a row stand side by side. */
export interface MultiHeadInputs {
  /** [positions of the queries, width]; the kernel scales its products by 1 / √(width / heads) */
  readonly query: Tensor;
  /** What sentence n's queries look at: those of sentence n, [positions of the keys, width] */
  readonly key: Tensor;
  readonly value: Tensor;
  /** [sentences] int32, each at least 1 */
  readonly queryLengths: Tensor;
  readonly keyLengths: Tensor;
}

export interface MultiHeadOptions {
  /** Divide the width. */
  readonly heads: number;
  /** Whether a query sees no key after its own place. */
  readonly causal?: boolean;
  /** Of the shares. */
  readonly dropout?: DropoutOptions | undefined;
}

export interface MultiHeadOutputs {
  /** Of each head the sum of the values, weighted by its shares, [positions of the queries, width] */
  readonly context: Tensor;
  /** Before dropout, for the gradient. */
  readonly shares: Tensor;
}

export function multiHead(inputs: MultiHeadInputs, options: MultiHeadOptions): MultiHeadOutputs {
  const [context, shares] = withDropoutKey(inputs, options, (all, given) =>
    runKernelForAll('HonyakuMultiHead', given, all, 2),
  );
  return { context, shares };
}

export interface MultiHeadGradients {
  readonly dQuery: Tensor;
  readonly dKey: Tensor;
  readonly dValue: Tensor;
}

/** The gradient of `multiHead`, of the same inputs and options and with its shares, by its context. */
export function multiHeadGradient(
  inputs: MultiHeadInputs,
  options: MultiHeadOptions,
  shares: Tensor,
  dContext: Tensor,
): MultiHeadGradients {
  const [dQuery, dKey, dValue] = withDropoutKey(inputs, options, (all, given) =>
    runKernelForAll('HonyakuMultiHeadGrad', given, [...all, shares, dContext], 3),
  );
  return { dQuery, dKey, dValue };
}

type Attributes = Parameters<typeof runKernelForAll>[1];

function withDropoutKey<Result>(
  { query, key, value, queryLengths, keyLengths }: MultiHeadInputs,
  { heads, causal = false, dropout }: MultiHeadOptions,
  run: (inputs: readonly Tensor[], given: Attributes) => Result,
): Result {
  const given = [attributes.int('heads', heads), attributes.bool('causal', causal), rateAttribute(dropout)];
  return dropoutKeyOf(dropout, (words) => run([query, key, value, queryLengths, keyLengths, words], given));
}

export interface MultiHeadStepInputs {
  /** One of each row, [rows, width]; where the step remembers, [rows, 3 · width]: query, key and value. */
  readonly query: Tensor;
  /** Keys and values beside each other, [any number, 2 · width]. */
  readonly table: Tensor;
  /** Rows of the table that each row looks at, [rows, tokens] int32; -1 from where it has no more. */
  readonly places: Tensor;
}

/**
 * The same for one query of each row, as decoding goes.
 * @param remembers whether each row first writes its own key and value into the table, in place, where its last place is
 * @returns context [rows, width], and shares [rows, heads, tokens]
 */
export function multiHeadStep(
  { query, table, places }: MultiHeadStepInputs,
  { heads, remembers = false }: { readonly heads: number; readonly remembers?: boolean },
): MultiHeadOutputs {
  const [context, shares] = runKernelForAll(
    'HonyakuMultiHeadStep',
    [attributes.int('heads', heads), attributes.bool('remembers', remembers)],
    [query, table, places],
    2,
  );
  return { context, shares };
}

/** One step of generation, whatever chooses the tokens: the state before the first, and logits and state after each. */
import type { Memory } from './attention.ts';
import { carriedOver, type DecoderState, firstState, logitsOf, runDecoder } from './decoder.ts';
import { runEncoder } from './encoder.ts';
import { specialTokens } from '@honyaku/contracts';
import type { NetworkShape } from './shape.ts';
import { packStep } from '../packing.ts';
import type { Weights } from './recurrent-cell.ts';
import { type Tensor, tf } from '../../kernels/tensorflow.ts';

/** The decoder's state before the first token, and what it attends to; a row for each source, in their order. */
export function encode(
  sources: readonly (readonly number[])[],
  shape: NetworkShape,
  weights: Weights,
): { first: DecoderState; memory: Memory | undefined } {
  const width = Math.max(...sources.map((source) => source.length));
  const ids = new Int32Array(sources.length * width).fill(specialTokens.pad);
  sources.forEach((source, row) => ids.set(source, row * width));
  const rows = Int32Array.from(sources.keys());
  return keeping(
    ({ first, memory }) => [...stateTensors(first), ...memoryTensors(memory)],
    () => {
      const { starts, memory } = runEncoder(
        { ids, batch: sources.length, width },
        rows,
        shape,
        weights,
        undefined,
      );
      return { first: firstState(starts, shape, sources.length), memory };
    },
  );
}

/** What one token of each row gives. */
export interface DecoderStep {
  /** Of the next token, [rows, vocabulary]; made when asked for. */
  readonly logits: () => Tensor;
  readonly after: DecoderState;
  /** Of the attention, [rows, 1, source length]. */
  readonly shares: Tensor | undefined;
}

/** Reads one token of each row. */
export function decoderStep(
  tokens: Int32Array,
  state: DecoderState,
  memory: Memory | undefined,
  shape: NetworkShape,
  weights: Weights,
): DecoderStep {
  const packing = packStep(tokens.length);
  const run = runDecoder({ packing, ids: tokens, state, memory, shape, weights, dropout: undefined });
  return {
    logits: () => logitsOf(run.out, shape, weights),
    after: carriedOver(run.after(), shape),
    shares: run.shares,
  };
}

/** Runs it in a tidy scope, which tfjs's types know for plain containers alone, and keeps what it names. */
export function keeping<Result>(tensorsOf: (result: Result) => Tensor[], run: () => Result): Result {
  const box: { result?: { readonly value: Result } } = {};
  tf.tidy(() => {
    const value = run();
    box.result = { value };
    return tensorsOf(value);
  });
  if (!box.result) throw new RangeError('nothing was run');
  return box.result.value;
}

export function stateTensors({ layers, feed }: DecoderState): Tensor[] {
  return [...layers.flat(), ...(feed ? [feed] : [])];
}

export function memoryTensors(memory: Memory | undefined): Tensor[] {
  return memory ? [memory.encoded, memory.mask] : [];
}

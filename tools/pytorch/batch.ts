import { type Batch, specialTokens } from '@honyaku/contracts';

/** Token ids of a sentence pair, without special tokens. */
export interface TokenPair {
  readonly source: readonly number[];
  readonly target: readonly number[];
}

/** Pads sentence pairs to one batch, as training does. */
export function batchOf(pairs: readonly TokenPair[]): Batch {
  const { bos, eos } = specialTokens;
  const source = rectangle(pairs.map((pair) => [...pair.source, eos]));
  const decoderInput = rectangle(pairs.map((pair) => [bos, ...pair.target]));
  const target = rectangle(pairs.map((pair) => [...pair.target, eos]));
  return {
    size: pairs.length,
    sourceLength: source.length / pairs.length,
    targetLength: target.length / pairs.length,
    source,
    decoderInput,
    target,
  };
}

/** The batch as arrays of rows, for a process that speaks JSON. */
export function rowsOf(batch: Batch): Record<'source' | 'decoderInput' | 'target', number[][]> {
  return {
    source: split(batch.source, batch.sourceLength),
    decoderInput: split(batch.decoderInput, batch.targetLength),
    target: split(batch.target, batch.targetLength),
  };
}

function rectangle(rows: readonly (readonly number[])[]): Int32Array {
  const width = Math.max(...rows.map((row) => row.length));
  return Int32Array.from(
    rows.flatMap((row) => [...row, ...Array<number>(width - row.length).fill(specialTokens.pad)]),
  );
}

function split(values: Int32Array, width: number): number[][] {
  return Array.from({ length: values.length / width }, (_, row) => [
    ...values.subarray(row * width, (row + 1) * width),
  ]);
}

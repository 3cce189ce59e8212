/** Ids of the special tokens, the same in both vocabularies, as in the notebook. */
export const specialTokens = { unk: 0, bos: 1, eos: 2, pad: 3 } as const;

/**
 * A batch of sentence pairs as padded, row-major matrices. Source rows end in eos; rows of `decoderInput` start with
 * bos; `target` is `decoderInput` shifted left by one and ends in eos. Short rows are filled with pad.
 */
export interface Batch {
  readonly size: number;
  readonly sourceLength: number;
  readonly targetLength: number;
  /** [size, sourceLength] */
  readonly source: Int32Array;
  /** [size, targetLength] */
  readonly decoderInput: Int32Array;
  /** [size, targetLength] */
  readonly target: Int32Array;
}

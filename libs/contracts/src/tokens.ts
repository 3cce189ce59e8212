/** Token ids with a meaning of their own, the same in both vocabularies, as in the notebook. */
export const specialTokens = { unk: 0, bos: 1, eos: 2, pad: 3 } as const;

/**
 * Sentence pairs as one padded rectangle a side, row-major. Source rows end in eos; `decoderInput` starts
 * with bos; `target` is `decoderInput` shifted left by one and ends in eos. Short rows are filled with pad.
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

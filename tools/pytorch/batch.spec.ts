import { describe, expect, it } from 'vitest';
import { batchOf, rowsOf } from './batch.ts';

describe('batchOf', () => {
  it('ends sources and targets in eos, starts the decoder with bos and pads short rows', () => {
    const batch = batchOf([
      { source: [7], target: [8, 9] },
      { source: [5, 6, 4], target: [10] },
    ]);
    expect(batch).toMatchObject({ size: 2, sourceLength: 4, targetLength: 3 });
    expect(rowsOf(batch)).toEqual({
      source: [
        [7, 2, 3, 3],
        [5, 6, 4, 2],
      ],
      decoderInput: [
        [1, 8, 9],
        [1, 10, 3],
      ],
      target: [
        [8, 9, 2],
        [10, 2, 3],
      ],
    });
  });
});

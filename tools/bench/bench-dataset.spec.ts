import { describe, expect, it } from 'vitest';
import { batchOf } from '../pytorch/batch.ts';
import { countsOf } from './bench-dataset.ts';

describe('countsOf', () => {
  it('counts tokens with their eos, and positions with the padding too', () => {
    const short = batchOf([{ source: [7], target: [8, 9] }]);
    const padded = batchOf([
      { source: [7, 8, 9], target: [5] },
      { source: [7], target: [5, 6, 7, 8] },
    ]);
    expect(countsOf([short, padded])).toEqual({
      sourceTokens: 2 + 4 + 2,
      sourcePositions: 2 + 8,
      targetTokens: 3 + 2 + 5,
      targetPositions: 3 + 10,
    });
  });
});

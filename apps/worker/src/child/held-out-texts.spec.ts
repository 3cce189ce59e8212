import { describe, expect, it } from 'vitest';
import { allPairs, firstPairs, sampledPairs } from './held-out-texts.ts';

describe('the pairs of a held-out set that are translated', () => {
  it('are the first 2,000 unless the sweep says otherwise', () => {
    const pairs = firstPairs({ length: 5_000 });
    expect([pairs.length, pairs.at(-1)]).toEqual([2_000, 1_999]);
    expect(firstPairs({ length: 3 })).toEqual([0, 1, 2]);
  });

  it('are evenly spread in a sample, each once', () => {
    expect(sampledPairs({ length: 10 }, 4)).toEqual([0, 2, 5, 7]);
    expect(sampledPairs({ length: 10 }, 1)).toEqual([0]);
    expect(new Set(sampledPairs({ length: 44_600 }, 44_599)).size).toBe(44_599);
  });

  it('are all of them where a sample would need more', () => {
    for (const sentences of [3, 4, 1e9]) expect(sampledPairs({ length: 3 }, sentences)).toEqual([0, 1, 2]);
  });

  it('are all of them at the end, however many there are', () => {
    const pairs = allPairs({ length: 5_000 });
    expect([pairs.length, pairs.at(-1)]).toEqual([5_000, 4_999]);
  });
});

import { describe, expect, it } from 'vitest';
import { firstPairs, sampledPairs, scoredPairs } from './held-out-texts.ts';

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

  it('are all of them at the end of a sweep that sampled them before, however many there are', () => {
    const pairs = scoredPairs({ length: 50_000 }, false);
    expect([pairs.length, pairs.at(-1)]).toEqual([50_000, 49_999]);
  });

  it('are at most 10,000 at the end of a sweep with a dev set, evenly spread over its test set', () => {
    const pairs = scoredPairs({ length: 1_000_000 }, true);
    expect([pairs.length, pairs[1], pairs.at(-1)]).toEqual([10_000, 100, 999_900]);
    expect(scoredPairs({ length: 50 }, true)).toHaveLength(50);
  });
});

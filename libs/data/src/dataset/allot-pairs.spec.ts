import { InvalidInput } from '@honyaku/contracts';
import { describe, expect, it } from 'vitest';
import { allotPairs } from './allot-pairs.ts';

describe('allotment of pairs', () => {
  it('gives the notebook its 178,486 training pairs of 223,108', () => {
    const { train, test } = allotPairs(223_108, { seed: 1, testFraction: 0.2 });
    expect([train.length, test.length]).toEqual([178_486, 44_622]);
    expect(Math.floor(train.length / 32)).toBe(5_577);
  });

  it('puts every pair into exactly one split', () => {
    const { train, test } = allotPairs(1_000, { seed: 5, testFraction: 0.2 });
    expect(new Set([...train, ...test]).size).toBe(1_000);
  });

  it('is decided by the seed, and maxPairs takes a part of the whole corpus', () => {
    const of = (seed: number) => allotPairs(1_000, { seed, maxPairs: 10, testFraction: 0.2 });
    expect(of(1)).toEqual(of(1));
    expect(of(2)).not.toEqual(of(1));
    expect([of(1).train.length, of(1).test.length]).toEqual([8, 2]);
    expect(Math.max(...of(1).train)).toBeGreaterThan(100);
  });

  it('that would leave a split empty is refused', () => {
    expect(() => allotPairs(2, { seed: 1, testFraction: 0.01 })).toThrow(InvalidInput);
    expect(() => allotPairs(1, { seed: 1, testFraction: 0.2 })).toThrow(/testFraction: 0.2 of 1 pairs/);
  });
});

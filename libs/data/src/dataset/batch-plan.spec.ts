import { describe, expect, it } from 'vitest';
import { planBatches } from './batch-plan.ts';
import { type Split } from './open-split.ts';

/** Lengths that follow no order: sources of 1 to 13 tokens, targets of 1 to 23 after bos. */
const split: Split = {
  length: 1000,
  pair: (index) => ({
    source: new Uint16Array(1 + ((index * 7) % 13)),
    target: new Uint16Array(2 + ((index * index) % 23)),
  }),
  text: () => undefined,
};
const bySentences = { batching: 'length', batchSize: 16, batchTokens: 0 } as const;
const byTokens = { ...bySentences, batchTokens: 100 } as const;
const at = { seed: 1, epoch: 1 };

const targetLengths = (batch: Uint32Array) =>
  Array.from(batch, (index) => split.pair(index).target.length - 1);
const paddedPositions = (batches: readonly Uint32Array[]) =>
  batches.reduce((sum, batch) => sum + batch.length * Math.max(...targetLengths(batch)), 0);
const sorted = (batches: readonly Uint32Array[]) =>
  batches.flatMap((batch) => [...batch]).sort((a, b) => a - b);

describe.each([
  ['cut by sentences', bySentences],
  ['cut by target tokens', byTokens],
] as const)('batches by length, %s', (_, settings) => {
  it('hold every pair once', () => {
    expect(sorted(planBatches(split, settings, at))).toEqual(
      Array.from({ length: 1000 }, (_, index) => index),
    );
  });

  it('hardly pad, where plain ones pad a lot', () => {
    const tokens = targetLengths(Uint32Array.from({ length: 1000 }, (_, index) => index)).reduce(
      (a, b) => a + b,
    );
    expect(paddedPositions(planBatches(split, settings, at)) / tokens).toBeLessThan(1.05);
    expect(
      paddedPositions(planBatches(split, { ...settings, batching: 'plain' }, at)) / tokens,
    ).toBeGreaterThan(1.4);
  });

  it('are others in another epoch, in an order that is not by length, and the same when asked again', () => {
    const plan = planBatches(split, settings, at);
    expect(planBatches(split, settings, at)).toEqual(plan);
    expect(planBatches(split, settings, { seed: 1, epoch: 2 })).not.toEqual(plan);
    const longest = plan.map((batch) => Math.max(...targetLengths(batch)));
    expect(longest).not.toEqual(longest.toSorted((a, b) => a - b));
  });
});

describe('batches by length', () => {
  it('cut by sentences have as many as asked, the last of a pool fewer', () => {
    const sizes = planBatches(split, bySentences, at).map(({ length }) => length);
    expect(sizes.toSorted((a, b) => a - b)).toEqual([8, ...Array<number>(62).fill(16)]);
  });

  it('cut by tokens have no more positions than asked, and could not have taken one pair more', () => {
    const plan = planBatches(split, byTokens, at);
    for (const batch of plan)
      expect(batch.length * Math.max(...targetLengths(batch))).toBeLessThanOrEqual(100);
    expect(plan.length).toBeLessThan((1.2 * paddedPositions(plan)) / 100);
  });

  it('leave a pair that is longer than a batch alone', () => {
    const sizes = planBatches(split, { ...byTokens, batchTokens: 4 }, at).map((batch) => [
      batch.length,
      Math.max(...targetLengths(batch)),
    ]);
    for (const [size = 0, longest = 0] of sizes) expect(size === 1 || size * longest <= 4).toBe(true);
  });
});

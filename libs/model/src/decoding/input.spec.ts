import { describe, expect, it } from 'vitest';
import { batchesByLength } from './input.ts';

describe('batches of like length', () => {
  it('have each item once, shortest first and in order of their length', () => {
    expect(batchesByLength([5, 1, 3, 1, 4], () => 2)).toEqual([[1, 3], [2, 4], [0]]);
  });

  it('have as many rows as their longest item allows, and at least one', () => {
    expect(batchesByLength([1, 1, 1, 6, 6, 20], (longest) => 12 / longest)).toEqual([[0, 1, 2], [3, 4], [5]]);
  });

  it('are none for no items', () => {
    expect(batchesByLength([], () => 2)).toEqual([]);
  });
});

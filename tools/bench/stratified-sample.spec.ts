import { describe, expect, it } from 'vitest';
import { stratifiedSample } from './stratified-sample.ts';

describe('stratifiedSample', () => {
  it('takes the middle of each part of the items sorted by size', () => {
    const sizes = [90, 10, 50, 30, 80, 20, 70, 40, 60];
    expect(stratifiedSample(sizes, 3).map((index) => sizes[index])).toEqual([20, 50, 80]);
  });
  it('has nearly the mean of all items', () => {
    const sizes = Array.from({ length: 500 }, (_, index) => ((index * 7919) % 500) ** 2);
    const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
    const sampled = mean(stratifiedSample(sizes, 20).map((index) => sizes[index] ?? NaN));
    expect(Math.abs(sampled / mean(sizes) - 1)).toBeLessThan(0.01);
  });
  it('takes every item once when there are not more', () => {
    expect(stratifiedSample([3, 1, 2], 5)).toEqual([1, 2, 0]);
  });
});

import { describe, expect, it } from 'vitest';
import { median, epochTime, evenPieces, stratifiedSample } from './samples.ts';

describe('median', () => {
  it('is the middle of an odd number of values, however they are ordered', () => {
    expect(median([10, 2, 3])).toBe(3);
  });
  it('is the mean of the two middle ones of an even number', () => {
    expect(median([1, 10, 2, 4])).toBe(3);
  });
});

describe('epochTime', () => {
  it('is the mean of the medians of the sampled steps, times the steps of the epoch', () => {
    const rounds = [
      [10, 20],
      [90, 30],
      [12, 22],
    ];
    expect(epochTime(rounds, 500)).toBe(((12 + 22) / 2) * 500);
  });
  it('is the sum when every step was timed once', () => {
    expect(epochTime([[10, 20, 60]], 3)).toBe(90);
  });
});

describe('evenPieces', () => {
  it('cuts a list into pieces of nearly the same length, in order', () => {
    expect(evenPieces([1, 2, 3, 4, 5, 6, 7], 3)).toEqual([
      [1, 2],
      [3, 4, 5],
      [6, 7],
    ]);
  });
  it('leaves pieces empty where there are more pieces than items', () => {
    expect(evenPieces([1], 2).flat()).toEqual([1]);
  });
});

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

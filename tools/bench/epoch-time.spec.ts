import { describe, expect, it } from 'vitest';
import { epochTime, evenPieces } from './epoch-time.ts';

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

import { describe, expect, it } from 'vitest';
import { median } from './median.ts';

describe('median', () => {
  it('is the middle of an odd number of values, however they are ordered', () => {
    expect(median([10, 2, 3])).toBe(3);
  });
  it('is the mean of the two middle ones of an even number', () => {
    expect(median([1, 10, 2, 4])).toBe(3);
  });
});

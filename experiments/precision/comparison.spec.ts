import { describe, expect, it } from 'vitest';
import { comparisonText, difference, isWithinLimit, meanDifference } from './comparison.ts';

const pairs = [
  { seed: 1, float32: 50, bfloat16: 50.75 },
  { seed: 2, float32: 40, bfloat16: 39.8 },
];

describe('the comparison of precisions', () => {
  it('takes the difference as a share of float32’s perplexity, more being worse', () => {
    expect(pairs.map(difference).map((percent) => percent.toFixed(3))).toEqual(['1.500', '-0.500']);
    expect(meanDifference(pairs)).toBeCloseTo(0.5, 10);
  });

  it('allows 1% either way and nothing that is not a number', () => {
    expect([1, -1, 0, 1.01, -1.01, NaN].map(isWithinLimit)).toEqual([true, true, true, false, false, false]);
  });

  it('has a row for each seed and for the mean, and marks what is above the limit', () => {
    const rows = comparisonText(pairs)
      .split('\n')
      .filter((line) => line.includes('%'))
      .map((line) => line.split('│').map((cell) => cell.trim()));
    expect(rows.map((cells) => cells.filter((cell) => cell !== ''))).toEqual([
      ['1', '50.000', '50.750', '+1.50%', 'above 1%'],
      ['2', '40.000', '39.800', '-0.50%', '✓'],
      ['mean', '+0.50%', '✓'],
    ]);
  });
});

import { describe, expect, it } from 'vitest';
import { curves, verdictOn } from './test/curves.ts';

const settings = { type: 'pbt', interval: 1 };
const eight = [[10], [20], [30], [40], [50], [60], [70], [80]];

describe('the exploit step of PBT', () => {
  it('lets the last quarter go on from one of the first quarter', () => {
    const verdicts = eight.map((_, number) => verdictOn(number, settings, curves(...eight)));
    expect(verdicts.map(({ action }) => action)).toEqual([
      ...Array(6).fill('continue'),
      'exploit',
      'exploit',
    ]);
    expect(verdicts[7]).toMatchObject({ rung: 1, rank: 8, of: 8, cutOff: 60, unit: 'epochs' });
    expect(verdicts[7]?.reason).toMatch(
      /^perplexity 80 at epoch 1 ranks 8 of 8; the last 2 copy one of the first 2; the cut-off is 60; goes on from trial [01]$/,
    );
  });

  it('draws evenly from the first quarter, by the seed', () => {
    const drawn = Array.from({ length: 400 }, (_, seed) => {
      const verdict = verdictOn(7, settings, curves(...eight), { seed });
      return verdict.action === 'exploit' ? verdict.from : NaN;
    });
    expect(new Set(drawn)).toEqual(new Set([0, 1]));
    // 400 fair draws: 200 with a standard deviation of 10.
    expect(Math.abs(drawn.filter((from) => from === 0).length - 200)).toBeLessThan(40);
  });

  it.each([
    // trials, quantile, trials in a quantile
    [1, 0.25, 0],
    [2, 0.25, 1],
    [3, 0.25, 1],
    [5, 0.25, 2],
    [15, 0.2, 3],
    [3, 0.5, 1],
    [4, 0.5, 2],
  ])('of %d trials with quantile %d there are %d that copy', (trials, quantile, copying) => {
    const population = curves(...Array.from({ length: trials }, (_, number) => [number + 1]));
    const copied = population.filter(
      ({ number }) => verdictOn(number, { ...settings, quantile }, population).action === 'exploit',
    );
    expect(copied.map(({ number }) => number)).toEqual(
      Array.from({ length: copying }, (_, index) => trials - copying + index),
    );
  });

  it('compares every interval and at no other epoch', () => {
    const actions = [1, 2, 3, 4, 5, 6].map(
      (epochs) =>
        verdictOn(1, { ...settings, interval: 3 }, curves(Array(9).fill(1), Array(epochs).fill(9))).action,
    );
    expect(actions).toEqual(['continue', 'continue', 'exploit', 'continue', 'continue', 'exploit']);
  });

  it('looks at the values of that epoch alone', () => {
    const early = curves([10, 40], [20, 30], [30, 35], [40, 90]);
    const late = curves([10, 40, 1, 1], [20, 30, 99], [30, 35, 2], [40, 90]);
    expect(verdictOn(3, settings, late)).toEqual(verdictOn(3, settings, early));
    expect(verdictOn(3, settings, early)).toMatchObject({ action: 'exploit', from: 1 });
  });

  it('takes of equal trials the lower numbers for the better', () => {
    const equal = curves([50], [50], [50], [50]);
    expect(verdictOn(3, settings, equal)).toMatchObject({ action: 'exploit', from: 0, rank: 4 });
    expect(verdictOn(2, settings, equal)).toMatchObject({ action: 'continue', rank: 3 });
  });

  it('copies nobody whose perplexity is not finite', () => {
    expect(verdictOn(1, settings, curves([NaN], [NaN]))).toMatchObject({ action: 'continue' });
    expect(verdictOn(1, settings, curves([NaN], [NaN], [NaN], [5]))).toMatchObject({ action: 'continue' });
    expect(verdictOn(2, settings, curves([NaN], [5], [NaN], [NaN]))).toMatchObject({ action: 'continue' });
    expect(verdictOn(3, settings, curves([NaN], [5], [NaN], [NaN]))).toMatchObject({ from: 1 });
  });
});

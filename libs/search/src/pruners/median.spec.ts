import { describe, expect, it } from 'vitest';
import { curves, verdictOn } from './test/curves.ts';

const settings = { type: 'median', startupTrials: 1, graceEpochs: 0 };

describe('the median pruner', () => {
  it('stops a trial above the median of the others at the same epoch, and says so', () => {
    expect(verdictOn(3, settings, curves([50], [64.1], [90], [71.2]))).toEqual({
      action: 'stop',
      unit: 'epochs',
      epoch: 1,
      value: 71.2,
      rung: 1,
      rank: 3,
      of: 4,
      cutOff: 64.1,
      reason: 'perplexity 71.2 at epoch 1 ranks 3 of 4; the median of the 3 others is 64.1',
    });
  });

  it.each([
    ['the middle of three others', [[10], [20], [60]], 20],
    ['the mean of the middle two of four', [[10], [20], [30], [60]], 25],
    ['the only other', [[10]], 10],
    ['between two others, one of which is infinite', [[10], [Infinity]], Infinity],
    ['the middle of three others, one of which is not a number', [[10], [20], [NaN]], 20],
    ['the value of others with the very same value', [[22], [22], [22]], 22],
  ])('takes for the median %s', (_, others, cutOff) => {
    const trials = curves(...others, [22]);
    expect(verdictOn(others.length, settings, trials)).toMatchObject({
      action: 22 > cutOff ? 'stop' : 'continue',
      cutOff,
    });
  });

  it('compares the values at the epoch and not the best until then', () => {
    const trials = curves([90, 90], [40, 80], [30, 85], [20, 88]);
    expect(verdictOn(3, settings, trials)).toMatchObject({ action: 'stop', value: 88, cutOff: 85 });
  });

  it('lets a trial at the median go on', () => {
    expect(verdictOn(2, settings, curves([10], [30], [20]))).toMatchObject({ action: 'continue', rank: 2 });
  });

  it('looks at nothing that other trials reported later', () => {
    const early = curves([50], [60], [55]);
    const late = curves([50, 5, 5], [60, 6], [55]);
    expect(verdictOn(2, settings, late)).toEqual(verdictOn(2, settings, early));
  });

  it('counts only the trials that have reached the epoch', () => {
    const trials = curves([50, 40], [10], [60, 45]);
    expect(verdictOn(2, settings, trials)).toMatchObject({ action: 'stop', of: 2, cutOff: 40 });
  });

  it('judges no trial before enough others have reached the epoch', () => {
    const patient = { ...settings, startupTrials: 3 };
    expect(verdictOn(2, patient, curves([10], [20], [90]))).toMatchObject({ action: 'continue', of: 3 });
    expect(verdictOn(3, patient, curves([10], [20], [30], [90]))).toMatchObject({ action: 'stop' });
  });

  it('judges the first epoch after the grace and every interval from there', () => {
    const spaced = { ...settings, graceEpochs: 2, interval: 3 };
    const judged = [1, 2, 3, 4, 5, 6, 7, 8, 9].filter((epochs) => {
      const worse = Array.from({ length: epochs }, () => 90);
      return verdictOn(1, spaced, curves(Array(9).fill(10), worse)).action === 'stop';
    });
    expect(judged).toEqual([3, 6, 9]);
  });

  it('stops a trial whose perplexity is not finite, among others like it too', () => {
    expect(verdictOn(1, settings, curves([NaN], [Infinity]))).toMatchObject({ action: 'stop' });
  });
});

import { describe, expect, it } from 'vitest';
import { learningRateAt } from './learning-rate.ts';

const settings = { learningRate: 0.01, warmupSteps: 0 };
const start = { update: 1, progress: 0, plateauFactor: 1 };

describe('the learning rate', () => {
  it('rises evenly through the warm-up, whatever the schedule', () => {
    for (const schedule of ['constant', 'inverse-sqrt', 'plateau'] as const) {
      const rates = [1, 5, 10].map((update) =>
        learningRateAt({ ...settings, schedule, warmupSteps: 10 }, { ...start, update }),
      );
      expect(rates, schedule).toEqual([0.001, 0.005, 0.01]);
    }
  });

  it('stays, falls with the root of the updates, along a cosine, or by the factor of the plateau', () => {
    const rate = (schedule: 'constant' | 'inverse-sqrt' | 'cosine' | 'plateau', place = {}) =>
      learningRateAt({ ...settings, warmupSteps: 100, schedule }, { ...start, update: 400, ...place });
    expect(rate('constant')).toBe(0.01);
    expect(rate('inverse-sqrt')).toBeCloseTo(0.005, 12);
    expect(rate('cosine', { progress: 0.5 })).toBeCloseTo(0.005, 12);
    expect(rate('cosine', { progress: 1 })).toBeCloseTo(0, 12);
    expect(rate('plateau', { plateauFactor: 0.25 })).toBe(0.0025);
  });
});

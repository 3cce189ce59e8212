import {
  PrunerSettings,
  SearchSpace,
  defaultHyperparameters,
  type Hyperparameters,
} from '@honyaku/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { prunerOf } from './registry.ts';
import { curves, sweep, verdictOn } from './test/curves.ts';

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

/** The different settings that 50 seeds come to from a copied trial. */
function explored(
  parameters: object,
  copied: Partial<Hyperparameters>,
  options: object = { resampleProbability: 0 },
): Set<unknown> {
  const [name = ''] = Object.keys(parameters);
  const pruner = PrunerSettings.parse({ type: 'pbt', ...options });
  return new Set(
    Array.from({ length: 50 }, (_, seed) => {
      const { copying } = prunerOf({ ...sweep, seed, parameters: SearchSpace.parse(parameters), pruner });
      const settings = copying?.settingsAfter(3, 4, { ...defaultHyperparameters, ...copied });
      return Object.entries(settings ?? {})
        .filter(([key]) => key === name)
        .map(([, value]) => value)[0];
    }),
  );
}

describe('the explore step of PBT', () => {
  it('leaves alone what the settings make inactive', () => {
    const parameters = {
      weightDecay: { type: 'float', low: 0.01, high: 0.1, when: { layers: 2 } },
      layers: { type: 'choice', values: [2, 3] },
    };
    const always = { resampleProbability: 1 };
    expect([...explored(parameters, { layers: 3 }, always)]).toEqual([0]);
    expect(explored(parameters, { layers: 2, weightDecay: 0.05 }, always).size).toBeGreaterThan(10);
  });

  it.each([
    [
      'multiplies by a factor',
      'learningRate',
      { type: 'float', low: 1e-4, high: 1e-2 },
      1e-3,
      [8e-4, 1.2e-3],
    ],
    ['keeps to the range', 'learningRate', { type: 'float', low: 9e-4, high: 1.1e-3 }, 1e-3, [9e-4, 1.1e-3]],
    ['leaves zero at zero', 'dropout', { type: 'float', low: 0, high: 0.5 }, 0, [0]],
    ['rounds to whole numbers', 'batchSize', { type: 'int', low: 8, high: 128 }, 32, [26, 38]],
    ['moves a whole number by one at least', 'batchSize', { type: 'int', low: 1, high: 9 }, 2, [1, 3]],
    ['keeps to the steps', 'batchSize', { type: 'int', low: 8, high: 128, step: 8 }, 32, [24, 40]],
    ['keeps to real steps', 'dropout', { type: 'float', low: 0.1, high: 0.5, step: 0.1 }, 0.3, [0.2, 0.4]],
    ['stays on the last step', 'batchSize', { type: 'int', low: 8, high: 30, step: 8 }, 24, [16, 24]],
    ['moves a choice to a neighbour', 'batchSize', { type: 'choice', values: [8, 64, 16, 32] }, 16, [64, 32]],
    ['has one neighbour at an end', 'batchSize', { type: 'choice', values: [8, 16, 32] }, 32, [16]],
    ['keeps the only choice', 'batchSize', { type: 'choice', values: [16] }, 16, [16]],
    ['keeps what is no choice', 'batchSize', { type: 'choice', values: [16, 32] }, 20, [20]],
  ])('%s: %s', (_, name, range, copied, expected) => {
    const sorted = [...explored({ [name]: range }, { [name]: copied })].sort((a, b) => Number(a) - Number(b));
    expect(sorted).toEqual([...expected].sort((a, b) => a - b));
  });

  it('uses the factors of the settings', () => {
    const range = { type: 'float', low: 0, high: 0.9 };
    const options = { resampleProbability: 0, factors: [0.5, 2] };
    expect(explored({ dropout: range }, { dropout: 0.25 }, options)).toEqual(new Set([0.125, 0.5]));
  });

  it('draws from the range anew with the probability', () => {
    const range = { type: 'int', low: 1, high: 4096 };
    const all = explored({ batchSize: range }, { batchSize: 100 }, { resampleProbability: 1 });
    expect(all.size).toBeGreaterThan(45);
    const some = explored({ batchSize: range }, { batchSize: 100 }, { resampleProbability: 0.25 });
    expect(some).toContain(80);
    expect(some).toContain(120);
    expect(some.size).toBeGreaterThan(5);
    expect(some.size).toBeLessThan(25);
  });

  it('keeps what decides the network and what the sweep does not range over', () => {
    const sizes = { type: 'choice', values: [64, 128, 256] };
    expect(explored({ hiddenSize: sizes }, { hiddenSize: 128 })).toEqual(new Set([128]));
    expect(explored({ learningRate: 0.5 }, { learningRate: 0.01 })).toEqual(new Set([0.01]));
    expect(
      explored({ dropout: { type: 'float', low: 0, high: 0.5 }, hiddenSize: sizes }, { dropout: 0.1 }).size,
    ).toBe(2);
  });

  it('keeps the copied value where a stored range goes further than its hyperparameter', () => {
    const always = { resampleProbability: 0, factors: [0.8, 1.2] };
    const dropout = { type: 'float', low: 0.85, high: 1 };
    expect(explored({ dropout }, { dropout: 0.9 }, always)).toEqual(new Set([0.85, 0.9]));
    const learningRate = { type: 'float', low: 0.1, high: 2 };
    expect(explored({ learningRate }, { learningRate: 0.9 }, always)).toEqual(new Set([0.9 * 0.8, 0.9]));
  });

  it('stays within the range whatever is copied', () => {
    const dropout = fc.double({ min: 0, max: 0.9, noNaN: true });
    fc.assert(
      fc.property(dropout, dropout, dropout, (a, b, copied) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)];
        const values = explored({ dropout: { type: 'float', low, high } }, { dropout: copied }, {});
        return [...values].every((value) => Number(value) >= low && Number(value) <= high);
      }),
      { numRuns: 20 },
    );
  });
});

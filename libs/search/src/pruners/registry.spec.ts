import { Bug, PrunerSettings } from '@honyaku/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judge } from './registry.ts';
import { curve, curves, sweep, verdictOn } from './test/curves.ts';

const all = [
  { type: 'none' },
  { type: 'median', startupTrials: 1, graceEpochs: 0 },
  { type: 'asha' },
  { type: 'asha', mode: 'promotion' },
  { type: 'asha', unit: 'targetTokens', minResource: 100 },
  { type: 'hyperband' },
  { type: 'early-stopping' },
  { type: 'pbt', interval: 1 },
];
const perplexity = fc.oneof(
  { weight: 9, arbitrary: fc.integer({ min: 1, max: 20 }) },
  fc.constantFrom(NaN, Infinity, -Infinity),
);
const values = fc.array(perplexity, { minLength: 1, maxLength: 9 });
const population = fc
  .array(values, { minLength: 1, maxLength: 12 })
  .map((perplexities) => curves(...perplexities));

describe('judge', () => {
  it('lets every trial go on without a pruner', () => {
    expect(verdictOn(0, { type: 'none' }, curves([NaN]))).toEqual({
      action: 'continue',
      unit: 'epochs',
      epoch: 1,
      value: NaN,
      reason: 'perplexity NaN at epoch 1: the sweep prunes no trial',
    });
  });

  it('refuses to judge a trial without reports', () => {
    const unpruned = { ...sweep, pruner: PrunerSettings.parse({ type: 'none' }) };
    expect(() => judge(unpruned, 1, curves([5]))).toThrow(Bug);
    expect(() => judge(unpruned, 0, curves([]))).toThrow(Bug);
  });

  it.each(all)('gives the same verdict whatever the order of the trials: %j', (settings) => {
    fc.assert(
      fc.property(population, (trials) => {
        for (const { number } of trials)
          expect(verdictOn(number, settings, trials.toReversed())).toEqual(
            verdictOn(number, settings, trials),
          );
      }),
      { numRuns: 30 },
    );
  });

  it.each(all)('gives the same verdict again once the others have gone further: %j', (settings) => {
    fc.assert(
      fc.property(population, values, (trials, more) => {
        const { number, reports } = trials[0] ?? curve(0, []);
        const epochs = reports.length;
        const there = trials.filter((other) => other.reports.length >= epochs);
        const further = there.map((other) => {
          const known = other.reports.map(({ value }) => value);
          return other.number === number ? other : curve(other.number, [...known, ...more]);
        });
        expect(verdictOn(number, settings, further)).toEqual(verdictOn(number, settings, there));
      }),
      { numRuns: 30 },
    );
  });

  it.each([{ type: 'median', startupTrials: 1, graceEpochs: 0 }, { type: 'asha' }, { type: 'hyperband' }])(
    'never stops the best of those at an epoch: %j',
    (settings) => {
      const distinct = fc.uniqueArray(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 30 });
      fc.assert(
        fc.property(distinct, fc.integer({ min: 1, max: 9 }), (perplexities, epochs) => {
          const trials = curves(...perplexities.map((value) => Array<number>(epochs).fill(value)));
          const best = perplexities.indexOf(Math.min(...perplexities));
          expect(verdictOn(best, settings, trials)).toMatchObject({ action: 'continue' });
        }),
      );
    },
  );
});

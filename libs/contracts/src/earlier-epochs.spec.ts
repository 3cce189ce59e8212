import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  afterEpoch,
  emptyHistory,
  epochsToAverage,
  epochsToKeep,
  readsEarlierEpochs,
} from './earlier-epochs.ts';
import { type HeldOutHistory } from './records.ts';

const evaluated = [50, 40, NaN, 40, Infinity, 30].map((ownPerplexity, index) => ({
  epoch: index + 1,
  ownPerplexity,
}));
const epochsOf = (epochs: readonly { readonly epoch: number }[]) => epochs.map(({ epoch }) => epoch);

const perplexity = fc.oneof(fc.double({ min: 1, max: 9, noNaN: true }), fc.constantFrom(NaN, Infinity, 5));
const historyOf = (...perplexities: number[]): HeldOutHistory =>
  perplexities.reduce(
    (history, perplexity, index) => afterEpoch(history, index + 1, perplexity),
    emptyHistory,
  );

describe('the epochs that are averaged', () => {
  it('are the best ones in ascending order, the earliest on a tie, without diverged ones', () => {
    expect(epochsOf(epochsToAverage(evaluated, { averageBest: 2 }))).toEqual([2, 6]);
    expect(epochsOf(epochsToAverage(evaluated, { averageBest: 3 }))).toEqual([2, 4, 6]);
    expect(epochsOf(epochsToAverage(evaluated, { averageBest: 9 }))).toEqual([1, 2, 4, 6]);
  });

  it('are none if averaging is off', () => {
    expect(epochsToAverage(evaluated, { averageBest: 1 })).toEqual([]);
  });
});

describe('the epochs that are kept', () => {
  it('are the best one for the plateau schedule, and none for a constant rate without averaging', () => {
    const settings = { averageBest: 1, schedule: 'plateau' } as const;
    expect(epochsOf(epochsToKeep(evaluated, settings))).toEqual([6]);
    expect(epochsToKeep(evaluated, { ...settings, schedule: 'constant' })).toEqual([]);
    expect(readsEarlierEpochs({ ...settings, schedule: 'constant' })).toBe(false);
  });

  it('include all that any later epoch averages', () => {
    fc.assert(
      fc.property(
        fc.array(perplexity, { minLength: 1 }),
        fc.integer({ min: 2, max: 4 }),
        (values, averageBest) => {
          const all = values.map((ownPerplexity, index) => ({ epoch: index + 1, ownPerplexity }));
          let kept: typeof all = [];
          for (const newest of all) {
            const present = [...kept, newest];
            const upToNow = all.slice(0, newest.epoch);
            expect(epochsToAverage(present, { averageBest })).toEqual(
              epochsToAverage(upToNow, { averageBest }),
            );
            kept = epochsToKeep(present, { averageBest, schedule: 'constant' });
          }
        },
      ),
    );
  });

  it('include the one that the plateau schedule returns to at any time', () => {
    fc.assert(
      fc.property(
        fc.array(perplexity, { minLength: 1 }),
        fc.integer({ min: 1, max: 3 }),
        (values, averageBest) => {
          const settings = { averageBest, schedule: 'plateau' } as const;
          const all = values.map((ownPerplexity, index) => ({ epoch: index + 1, ownPerplexity }));
          for (const { epoch } of all) {
            const upToNow = all.slice(0, epoch);
            const { bestEpoch } = historyOf(...values.slice(0, epoch));
            if (bestEpoch > 0) expect(epochsOf(epochsToKeep(upToNow, settings))).toContain(bestEpoch);
          }
        },
      ),
    );
  });
});

describe('the history of held-out perplexities', () => {
  it('keeps the first of the best epochs and counts those since', () => {
    expect(historyOf(90, 70, 70, 80)).toEqual({
      bestEpoch: 2,
      bestPerplexity: 70,
      epochsSinceBest: 2,
      plateauFactor: 0.25,
    });
  });

  it('keeps the lowered rate after an improvement', () => {
    expect(historyOf(90, 95, 60)).toEqual({
      bestEpoch: 3,
      bestPerplexity: 60,
      epochsSinceBest: 0,
      plateauFactor: 0.5,
    });
  });

  it('does not count NaN as an improvement', () => {
    expect(historyOf(NaN)).toEqual({ ...emptyHistory, epochsSinceBest: 1, plateauFactor: 0.5 });
  });
});

import { PrunerSettings } from '@honyaku/contracts';
import { describe, expect, it } from 'vitest';
import { bracketsOf, turnsOf } from './hyperband.ts';
import { type SettingsOf } from './pruner.ts';
import { curve, verdictOn } from './test/curves.ts';

const settings = { type: 'hyperband' };
const hyperband = (rest: object = {}): SettingsOf<'hyperband'> => {
  const parsed = PrunerSettings.parse({ ...settings, ...rest });
  if (parsed.type !== 'hyperband') throw new Error(parsed.type);
  return parsed;
};

describe('the brackets of Hyperband', () => {
  it('are those of algorithm 1 of the paper for R = 81 and η = 3', () => {
    // ⌈5/(s + 1) · 3^s⌉ trials: 81, 33.75, 15, 7.5 and 5, rounded up.
    expect(bracketsOf(hyperband(), { epochs: 81 })).toEqual([
      { s: 4, trials: 81, rungs: [1, 3, 9, 27] },
      { s: 3, trials: 34, rungs: [3, 9, 27] },
      { s: 2, trials: 15, rungs: [9, 27] },
      { s: 1, trials: 8, rungs: [27] },
      { s: 0, trials: 5, rungs: [] },
    ]);
  });

  it('start no lower than minResource', () => {
    expect(bracketsOf(hyperband({ minResource: 9 }), { epochs: 81 }).map(({ rungs }) => rungs)).toEqual([
      [9, 27],
      [27],
      [],
    ]);
    expect(bracketsOf(hyperband({ minResource: 90 }), { epochs: 81 })).toEqual([
      { s: 0, trials: 1, rungs: [] },
    ]);
  });

  it('have rungs at whole epochs where R is no power of η', () => {
    // 20/9 = 2.2 and 20/3 = 6.7
    expect(bracketsOf(hyperband(), { epochs: 20 }).map(({ rungs }) => rungs)).toEqual([[3, 7], [7], []]);
  });

  it('are counted in target tokens on request', () => {
    const tokens = hyperband({ unit: 'targetTokens', minResource: 1_000, maxTokens: 9_000 });
    expect(bracketsOf(tokens, { epochs: 20 }).map(({ rungs }) => rungs)).toEqual([
      [1_000, 3_000],
      [3_000],
      [],
    ]);
  });

  it('take turns by weight, as worked out by hand for the weights 9, 5 and 3', () => {
    const turns = turnsOf(bracketsOf(hyperband(), { epochs: 9 }));
    const round = Array.from({ length: 17 }, () => turns.next().value.s);
    expect(round).toEqual([2, 1, 2, 0, 2, 1, 2, 0, 2, 1, 2, 1, 2, 0, 2, 1, 2]);
  });
});

describe('the hyperband pruner', () => {
  const nine = { epochs: 9 };
  // Brackets by number, from the turns above: 0, 2, 4 and 6 are of bracket 2; 1 and 5 of 1; 3 and 7 of 0.

  it('compares a trial with those of its bracket alone', () => {
    const others = [curve(1, [10, 10, 10]), curve(3, [10, 10, 10])];
    expect(verdictOn(2, settings, [curve(0, [60]), ...others, curve(2, [50])], nine)).toEqual({
      action: 'continue',
      unit: 'epochs',
      epoch: 1,
      value: 50,
      rung: 1,
      rank: 1,
      of: 2,
      cutOff: 50,
      reason: 'perplexity 50 at epoch 1 ranks 1 of 2; the best 1 go on; the cut-off is 50 (bracket 2)',
    });
    expect(verdictOn(2, settings, [curve(0, [40]), ...others, curve(2, [50])], nine)).toMatchObject({
      action: 'stop',
      rank: 2,
      of: 2,
    });
  });

  it('judges the trials of bracket 1 from its own first rung on', () => {
    const best = curve(1, [10, 10, 10]);
    expect(verdictOn(5, settings, [best, curve(5, [90])], nine)).not.toHaveProperty('rung');
    expect(verdictOn(5, settings, [best, curve(5, [90, 90, 90])], nine)).toMatchObject({
      action: 'stop',
      rung: 3,
    });
  });

  it('never stops a trial of bracket 0', () => {
    for (let epochs = 1; epochs <= 9; epochs++) {
      const worst = curve(7, Array(epochs).fill(99));
      expect(verdictOn(7, settings, [curve(3, Array(9).fill(1)), worst], nine).action).toBe('continue');
    }
  });

  it('begins the turns anew after a round', () => {
    // Trial 17 is of bracket 2 again, as trial 0 is; trial 18 of bracket 1.
    expect(verdictOn(17, settings, [curve(0, [40]), curve(17, [50])], nine)).toMatchObject({
      action: 'stop',
    });
    expect(verdictOn(18, settings, [curve(0, [40]), curve(18, [50])], nine)).not.toHaveProperty('rung');
  });

  it('has turns for rounds of far more trials than there are', () => {
    // 3^18 of a round's trials are in bracket 18, about twice as many as in all others.
    const many = { ...settings, unit: 'targetTokens', maxTokens: 3 ** 18 };
    const trials = Array.from({ length: 10_000 }, (_, number) => curve(number, [number + 1], 1));
    const verdict = verdictOn(0, many, trials);
    expect(verdict).toMatchObject({ action: 'continue', rung: 1, unit: 'targetTokens' });
    expect(verdict.of).toBeGreaterThan(6_000);
    expect(verdict.of).toBeLessThan(7_000);
  });
});

import { describe, expect, it } from 'vitest';
import { type Observation, type Suggestion, type Space } from './space.ts';
import { suggestAtRandom } from './random.ts';
import { suggestByTpe } from './tpe.ts';

const space: Space = {
  x: { type: 'float', low: -5, high: 5, log: false },
  kind: { type: 'choice', values: ['plain', 'curved'] },
  bend: { type: 'float', low: 0.01, high: 10, log: true, when: { kind: 'curved' } },
  fixed: 7,
};
const anything = () => true;
const suggested = (...asked: Parameters<typeof suggestByTpe>): Suggestion => {
  const suggestion = suggestByTpe(...asked);
  if (!suggestion) throw new Error('nothing was accepted');
  return suggestion;
};
const loss = ({ x, kind, bend = 1 }: Suggestion) =>
  (Number(x) - 2) ** 2 + (kind === 'curved' ? Math.abs(Math.log(Number(bend))) : 3);

/** Trials one after the other, each with its result before the next is asked for. */
function run(seed: number, trials: number): Observation[] {
  const history: Observation[] = [];
  for (let index = 0; index < trials; index += 1) {
    const values = suggested({ space, seed }, index, history, anything);
    history.push({ number: index + 1, values, value: loss(values) });
  }
  return history;
}

describe('suggestByTpe', () => {
  it('begins with random trials, then gives the same for the same observations, in any order', () => {
    const history = run(1, 30);
    for (let index = 0; index < 10; index += 1)
      expect(history[index]?.values).toEqual(suggestAtRandom({ space, seed: 1 }, index));
    expect(history[12]?.values).not.toEqual(suggestAtRandom({ space, seed: 1 }, 12));
    const again = suggested({ space, seed: 1 }, 30, history, anything);
    expect(suggested({ space, seed: 1 }, 30, [...history].reverse(), anything)).toEqual(again);
    expect(suggested({ space, seed: 2 }, 30, history, anything)).not.toEqual(again);
  });

  it('finds better settings than random ones', () => {
    const best = (observations: readonly Observation[]) =>
      Math.min(...observations.map(({ value }) => value ?? Infinity));
    const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[values.length >> 1];
    const seeds = [1, 2, 3, 4, 5, 6, 7, 8, 9];
    const byTpe = seeds.map((seed) => best(run(seed, 60)));
    const atRandom = seeds.map((seed) =>
      Math.min(...Array.from({ length: 60 }, (_, index) => loss(suggestAtRandom({ space, seed }, index)))),
    );
    expect(median(byTpe)).toBeLessThan((median(atRandom) ?? 0) / 2);
  });

  it.each([
    ['a range whose ends are one', { type: 'float', low: 0.3, high: 0.3, log: false }],
    ['a logarithmic one', { type: 'float', low: 0.3, high: 0.3, log: true }],
    ['one as narrow as numbers get', { type: 'float', low: 0, high: 5e-324, log: false }],
  ] as const)('ranks candidates as without it beside %s', (_, range) => {
    const only = range.high === 0.3 ? 0.3 : 0;
    const beside: Space = { ...space, still: range };
    const history = run(1, 40).map((each) => ({ ...each, values: { ...each.values, still: only } }));
    for (let index = 0; index < 10; index += 1) {
      const { still, ...others } = suggested({ space: beside, seed: 5 }, index, history, anything);
      expect(still).toBe(only);
      expect(others).toEqual(suggested({ space, seed: 5 }, index, run(1, 40), anything));
    }
  });

  it('draws what is conditional where its condition holds, and nowhere else', () => {
    for (const { values } of run(3, 40)) {
      expect(values['bend'] !== undefined).toBe(values['kind'] === 'curved');
      expect(values['fixed']).toBe(7);
    }
  });

  it('keeps trials under way apart by counting them among the bad', () => {
    const history = run(1, 40);
    const distances = [0, 1, 2, 3, 4, 5, 6, 7].map((index) => {
      const asked = suggested({ space, seed: 5 }, 40 + index, history, anything);
      const running = Array.from({ length: 8 }, (_, n) => ({
        number: 41 + n,
        values: asked,
        value: undefined,
      }));
      const informed = suggested({ space, seed: 5 }, 40 + index, [...history, ...running], anything);
      return Math.abs(Number(informed['x']) - Number(asked['x']));
    });
    expect(Math.max(...distances)).toBeGreaterThan(0.2);
  });

  it('counts what is not finite as worse than anything', () => {
    const history = run(1, 40).map((each) => (Number(each.values['x']) > 0 ? { ...each, value: NaN } : each));
    const asked = Array.from({ length: 20 }, (_, index) =>
      suggested({ space, seed: 9 }, 40 + index, history, anything),
    );
    expect(asked.filter(({ x }) => Number(x) <= 0).length).toBeGreaterThan(15);
  });

  it('learns nothing good from trials that all diverged', () => {
    const history = run(1, 12).map((each) => ({ ...each, value: Infinity }));
    const asked = Array.from({ length: 40 }, (_, index) =>
      Number(suggested({ space, seed: 3 }, 12 + index, history, anything)['x']),
    );
    expect(Math.max(...asked) - Math.min(...asked)).toBeGreaterThan(4);
  });

  it('asks of no more combinations than there are candidates', () => {
    let asked = 0;
    const accepts = () => (asked += 1) < 0;
    expect(suggestByTpe({ space, seed: 3 }, 40, run(1, 40), accepts)).toBeUndefined();
    expect(asked).toBe(24 + 1_000);
  });

  it('passes over what is not accepted, before and after it has learnt', () => {
    const accepts = ({ x }: Suggestion) => Number(x) < 0;
    for (const history of [[], run(1, 40)])
      for (let index = 0; index < 20; index += 1)
        expect(Number(suggested({ space, seed: 4 }, index, history, accepts)['x'])).toBeLessThan(0);
  });

  it('leaves out trials that lie outside a narrowed space', () => {
    const narrow: Space = { ...space, x: { type: 'float', low: -5, high: 0, log: false } };
    const { x } = suggested({ space: narrow, seed: 1 }, 50, run(1, 50), anything);
    expect(Number(x)).toBeLessThanOrEqual(0);
  });
});

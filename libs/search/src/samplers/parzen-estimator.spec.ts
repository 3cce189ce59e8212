import { type ParameterRange } from '@honyaku/contracts';
import { describe, expect, it } from 'vitest';
import { type Generator, generatorFor } from './random.ts';
import { type Suggestion } from './space.ts';
import { axisOf } from './blocks.ts';
import { logMassBetween } from './kernels.ts';
import { ParzenEstimator } from './parzen-estimator.ts';

const linear = { type: 'float', low: -1, high: 3, log: false } as const;
const log = { type: 'float', low: 0.001, high: 10, log: true } as const;
const stepped = { type: 'float', low: 0, high: 1, log: false, step: 0.1 } as const;
const whole = { type: 'int', low: 3, high: 12, log: false, step: 3 } as const;
const choice: ParameterRange = { type: 'choice', values: ['a', 'b', 'c'] };
const seen = { linear: [0, 0.1, 2.9], log: [0.001, 1, 9], stepped: [0, 0.3, 1], whole: [3, 6, 12] };
const columns = (name: keyof typeof seen) => seen[name].map((value) => ({ x: value }));

/** An estimator that takes and gives settings. */
function estimatorOf(ranges: Readonly<Record<string, ParameterRange>>, seen: readonly Suggestion[]) {
  const columns = Object.entries(ranges).map(([name, range]) => {
    const axis = axisOf(range);
    return {
      name,
      type: range.type,
      axis,
      observed: Float64Array.from(seen, (each) => axis.toAxis(each[name] ?? 0)),
      isPoint: false,
    };
  });
  const estimator = new ParzenEstimator(columns);
  return {
    logDensity: (values: Suggestion) =>
      estimator.logDensity(columns.map(({ name, axis }) => axis.toAxis(values[name] ?? 0))),
    draw: (generator: Generator): Suggestion => {
      const point = estimator.draw(generator);
      return Object.fromEntries(
        columns.map(({ name, axis }, index) => [name, axis.fromAxis(point[index] ?? 0)]),
      );
    },
  };
}
const total = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0);

describe('logMassBetween', () => {
  it.each([
    [-1, 1, 0.6826894921],
    [0, 2, 0.4772498681],
    [-Infinity, Infinity, 1],
    [8, 9, 6.219831986e-16],
    [-9, -8, 6.219831986e-16],
  ])('of %d to %d is log %d', (low, high, mass) => {
    expect(Math.exp(logMassBetween(low, high)) / mass).toBeCloseTo(1, 5);
  });
});

describe('ParzenEstimator', () => {
  it('is a density: over a continuum it integrates to 1', () => {
    const steps = 20_000;
    for (const [range, name, low, high] of [
      [linear, 'linear', -1, 3],
      [log, 'log', Math.log(0.001), Math.log(10)],
    ] as const) {
      const estimator = estimatorOf({ x: range }, columns(name));
      const width = (high - low) / steps;
      const masses = Array.from({ length: steps }, (_, index) => {
        const at = low + (index + 0.5) * width;
        return Math.exp(estimator.logDensity({ x: name === 'log' ? Math.exp(at) : at })) * width;
      });
      expect(total(masses)).toBeCloseTo(1, 4);
    }
  });

  it('is a density: over a grid and over choices it sums to 1', () => {
    const sum = (estimator: ReturnType<typeof estimatorOf>, values: readonly (number | string)[]) =>
      total(values.map((x) => Math.exp(estimator.logDensity({ x }))));
    const tenths = Array.from({ length: 11 }, (_, index) => index / 10);
    expect(sum(estimatorOf({ x: stepped }, columns('stepped')), tenths)).toBeCloseTo(1, 5);
    expect(sum(estimatorOf({ x: whole }, columns('whole')), [3, 6, 9, 12])).toBeCloseTo(1, 5);
    const letters = [{ x: 'a' }, { x: 'a' }, { x: 'c' }];
    expect(sum(estimatorOf({ x: choice }, letters), ['a', 'b', 'c'])).toBeCloseTo(1, 10);
    expect(sum(estimatorOf({ x: choice }, []), ['a', 'b', 'c'])).toBeCloseTo(1, 10);
  });

  it('draws as often as its density says', () => {
    const generator = generatorFor('draws');
    const estimator = estimatorOf({ x: whole, y: choice }, [
      { x: 3, y: 'a' },
      { x: 12, y: 'c' },
    ]);
    const draws = Array.from({ length: 20_000 }, () => estimator.draw(generator));
    for (const [x, y] of [
      [3, 'a'],
      [12, 'c'],
      [6, 'b'],
    ] as const) {
      const share = draws.filter((drawn) => drawn['x'] === x && drawn['y'] === y).length / draws.length;
      expect(share).toBeCloseTo(Math.exp(estimator.logDensity({ x, y })), 1.5);
    }
  });

  it('has the weights of a hand-worked mixture', () => {
    // Two kernels of equal weight: all of the observed choice and a third of it, each with the chance of any.
    const estimator = estimatorOf({ x: choice }, [{ x: 'a' }]);
    const own = (1 + 1 / 2) / (1 + 3 / 2);
    expect(Math.exp(estimator.logDensity({ x: 'a' }))).toBeCloseTo(0.5 * own + 0.5 / 3, 10);
  });
});

import { InvalidInput, SearchSpace, defaultHyperparameters } from '@honyaku/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type SearchPlan } from './samplers/space.ts';
import { suggestAtRandom } from './samplers/random.ts';
import { countCombinations, firstTrials, plannedTrials, suggestTrial } from './suggest.ts';

const planOf = (space: unknown, rest: Partial<SearchPlan> = {}): SearchPlan => ({
  space: SearchSpace.parse(space),
  sampler: 'random',
  seed: 1,
  trials: 100,
  ...rest,
});
const allOf = (plan: SearchPlan) =>
  Array.from({ length: plannedTrials(plan) }, (_, index) => suggestTrial(plan, index));

describe('suggestTrial', () => {
  it('fills what the space does not name with the defaults of the notebook', () => {
    expect(suggestTrial(planOf({ hiddenSize: 64 }), 0)).toEqual({
      ...defaultHyperparameters,
      hiddenSize: 64,
    });
  });

  it('gives the same trial for the same seed and index, and others for another seed', () => {
    const space = { learningRate: { type: 'float', low: 1e-4, high: 1e-2, log: true } };
    expect(allOf(planOf(space))).toEqual(allOf(planOf(space)));
    expect(allOf(planOf(space, { seed: 2 }))).not.toEqual(allOf(planOf(space)));
  });

  it('leaves the draws of a parameter as they were when another parameter is added', () => {
    const dropout = { type: 'float', low: 0, high: 0.5 };
    const alone = allOf(planOf({ dropout })).map((trial) => trial?.dropout);
    const both = allOf(planOf({ hiddenSize: { type: 'choice', values: [8, 16] }, dropout }));
    expect(both.map((trial) => trial?.dropout)).toEqual(alone);
  });

  it('draws log ranges evenly over magnitudes', () => {
    const trials = allOf(
      planOf({ learningRate: { type: 'float', low: 1e-5, high: 1e-1, log: true } }, { trials: 2000 }),
    );
    const below = trials.filter((trial) => (trial?.learningRate ?? 1) < 1e-3).length;
    expect(below).toBeGreaterThan(900);
    expect(below).toBeLessThan(1100);
  });

  it('stays within the range and on its steps', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e6 }), fc.integer({ min: 1, max: 50 }), (seed, step) => {
        const plan = planOf({ hiddenSize: { type: 'int', low: 10, high: 200, step } }, { seed, trials: 5 });
        return allOf(plan).every((trial) => {
          const size = trial?.hiddenSize ?? 0;
          return size >= 10 && size <= 200 && (size - 10) % step === 0;
        });
      }),
    );
  });

  it('ends with the plan', () => {
    expect(suggestTrial(planOf({}, { trials: 3 }), 2)).toBeDefined();
    expect(suggestTrial(planOf({}, { trials: 3 }), 3)).toBeUndefined();
  });

  it.each(['random', 'sobol', 'tpe'] as const)('draws again by %s what does not go together', (sampler) => {
    const sizes = { type: 'choice', values: [64, 128, 256, 512] };
    const space = {
      tiedEmbeddings: { type: 'choice', values: [true, false] },
      embeddingSize: sizes,
      hiddenSize: sizes,
    };
    const plan = planOf(space, { sampler });
    expect(firstTrials(plan).length).toBeGreaterThanOrEqual(10);
    const trials = allOf(plan);
    expect(trials).not.toContain(undefined);
    expect(trials.filter((trial) => trial?.tiedEmbeddings).length).toBeGreaterThan(5);
    expect(allOf(plan)).toEqual(trials);
  });

  it('keeps the first draw of each trial where it is allowed', () => {
    const space = SearchSpace.parse({
      layers: { type: 'int', low: 1, high: 3 },
      dropout: { type: 'float', low: 0, high: 0.5 },
    });
    const trials = allOf(planOf(space));
    const first = trials.map((_, index) => suggestAtRandom({ space, seed: 1 }, index));
    const kept = trials.filter((trial, index) => trial?.dropout === first[index]?.['dropout']);
    expect(kept).toHaveLength(first.filter(({ layers }) => layers !== 1).length);
  });
});

describe('firstTrials', () => {
  it.each(['grid', 'random', 'sobol', 'tpe'] as const)(
    'refuses a sweep by %s in which no combination is allowed, and says why',
    (sampler) => {
      const plan = planOf(
        { tiedEmbeddings: true, embeddingSize: 64, hiddenSize: { type: 'choice', values: [128, 256] } },
        { sampler },
      );
      expect(() => firstTrials(plan)).toThrow(
        /parameters: no combination .* allowed; .* tiedEmbeddings: needs embeddingSize equal to hiddenSize/,
      );
    },
  );

  it.each(['grid', 'random', 'sobol', 'tpe'] as const)(
    'speaks of no draws by %s where every value is given',
    (sampler) => {
      const plan = planOf({ tiedEmbeddings: true, embeddingSize: 64, hiddenSize: 128 }, { sampler });
      expect(() => firstTrials(plan)).toThrow(
        /^parameters: these values do not go together: tiedEmbeddings: needs embeddingSize equal to hiddenSize/,
      );
    },
  );

  it('draws a hundred at most', () => {
    const plan = planOf({ dropout: { type: 'float', low: 0, high: 0.5 } }, { trials: 10_000 });
    expect(firstTrials(plan)).toEqual(allOf({ ...plan, trials: 100 }));
  });

  it('draws fewer where most draws are not allowed', () => {
    const sizes = { type: 'int', low: 1, high: 64 };
    const plan = planOf({ tiedEmbeddings: true, embeddingSize: sizes, hiddenSize: sizes });
    expect(firstTrials(plan).length).toBeGreaterThan(0);
    expect(firstTrials(plan).length).toBeLessThan(30);
  });
});

describe('countCombinations', () => {
  it.each([
    [{ hiddenSize: 64 }, 1],
    [{ hiddenSize: { type: 'choice', values: [64, 128, 256] } }, 3],
    [{ batchSize: { type: 'int', low: 1, high: 64, log: true } }, 64],
    [
      { batchSize: { type: 'int', low: 1, high: 4096 }, accumulation: { type: 'int', low: 1, high: 4 } },
      1_000,
    ],
    [{ dropout: { type: 'float', low: 0, high: 0.5 } }, Infinity],
    [{ dropout: { type: 'float', low: 0.5, high: 0.5 } }, 1],
  ])('of %j is %d, as far as 1000', (space, count) => {
    expect(countCombinations({ space: SearchSpace.parse(space) }, 1_000)).toBe(count);
  });
});

describe('the grid sampler', () => {
  it('visits every combination once, the last parameter changing fastest', () => {
    const plan = planOf(
      {
        hiddenSize: { type: 'choice', values: [8, 16] },
        dropout: { type: 'float', low: 0.1, high: 0.3, step: 0.1 },
      },
      { sampler: 'grid' },
    );
    expect(allOf(plan).map((trial) => [trial?.hiddenSize, trial?.dropout])).toEqual([
      [8, 0.1],
      [8, 0.2],
      [8, 0.3],
      [16, 0.1],
      [16, 0.2],
      [16, 0.3],
    ]);
  });

  it('is cut at the limit of trials', () => {
    const space = { hiddenSize: { type: 'int', low: 1, high: 50 } };
    expect(plannedTrials(planOf(space, { sampler: 'grid', trials: 7 }))).toBe(7);
  });

  it('refuses a continuous range and says what it needs', () => {
    const plan = planOf({ dropout: { type: 'float', low: 0, high: 0.5 } }, { sampler: 'grid' });
    expect(() => plannedTrials(plan)).toThrow(InvalidInput);
    expect(() => plannedTrials(plan)).toThrow(/parameters\.dropout: a grid needs/);
  });
});

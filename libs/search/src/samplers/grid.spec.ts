import { Hyperparameters, SearchSpace } from '@honyaku/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type SearchPlan, type Suggestion, type Space, inOrder, isActive } from './space.ts';
import { gridSize, suggestFromGrid } from './grid.ts';

const planOf = (space: unknown): SearchPlan => ({
  space: SearchSpace.parse(space),
  sampler: 'grid',
  seed: 1,
  trials: 100,
});
const cells = (space: unknown) => {
  const plan = { ...planOf(space), trials: 10_000 };
  return Array.from({ length: gridSize(plan) }, (_, index) => suggestFromGrid(plan, index));
};
const choice = (values: unknown[], when?: object) => ({ type: 'choice', values, ...(when ? { when } : {}) });

/** The cells by the plainest way: all values of all parameters, one inside the other. */
function walked(space: Space): Suggestion[] {
  let all: Suggestion[] = [{}];
  for (const [name, range] of inOrder(space))
    all = all.flatMap((drawn) => {
      if (!isActive(range, drawn)) return [drawn];
      const values = typeof range !== 'object' ? [range] : range.type === 'choice' ? range.values : [];
      return values.map((value) => ({ ...drawn, [name]: value }));
    });
  return all.filter((cell) => Hyperparameters.safeParse(cell).success);
}

describe('the grid', () => {
  it('is the product of its axes, the last changing fastest', () => {
    expect(cells({ layers: choice([2, 3]), dropout: choice([0, 0.5]), hiddenSize: 8 })).toEqual([
      { layers: 2, dropout: 0, hiddenSize: 8 },
      { layers: 2, dropout: 0.5, hiddenSize: 8 },
      { layers: 3, dropout: 0, hiddenSize: 8 },
      { layers: 3, dropout: 0.5, hiddenSize: 8 },
    ]);
  });

  it('does not multiply an axis that is not active in a branch', () => {
    const space = {
      inputFeeding: choice([true, false], { attention: ['dot', 'general'] }),
      attention: choice(['none', 'dot', 'general']),
      layers: choice([2, 3]),
    };
    expect(cells(space)).toEqual([
      { attention: 'none', layers: 2 },
      { attention: 'none', layers: 3 },
      { attention: 'dot', inputFeeding: true, layers: 2 },
      { attention: 'dot', inputFeeding: true, layers: 3 },
      { attention: 'dot', inputFeeding: false, layers: 2 },
      { attention: 'dot', inputFeeding: false, layers: 3 },
      { attention: 'general', inputFeeding: true, layers: 2 },
      { attention: 'general', inputFeeding: true, layers: 3 },
      { attention: 'general', inputFeeding: false, layers: 2 },
      { attention: 'general', inputFeeding: false, layers: 3 },
    ]);
  });

  it('leaves out cells whose values do not go together', () => {
    const space = {
      tiedEmbeddings: choice([true, false]),
      hiddenSize: choice([64, 128]),
      embeddingSize: choice([64, 128]),
      dropout: choice([0, 0.5]),
    };
    const all = cells(space);
    const sizes = all.map(({ tiedEmbeddings, hiddenSize, embeddingSize }) => [
      tiedEmbeddings,
      hiddenSize,
      embeddingSize,
    ]);
    expect(all).toHaveLength(12);
    expect(sizes.filter(([tied]) => tied)).toEqual([
      [true, 64, 64],
      [true, 64, 64],
      [true, 128, 128],
      [true, 128, 128],
    ]);
    expect(new Set(all.map((cell) => JSON.stringify(cell))).size).toBe(12);
  });

  it('gives each cell by its number as the walk through all of them does', () => {
    const list = (values: readonly unknown[]) =>
      fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(
        fc.record({
          cell: list(['lstm', 'gru']),
          layers: list([1, 2, 3]),
          attention: list(['none', 'dot']),
          inputFeeding: list([true, false]),
          tiedEmbeddings: list([true, false]),
          hiddenSize: list([7, 8, 9]),
          dropout: list([0, 0.1, 0.2]),
        }),
        fc.boolean(),
        fc.shuffledSubarray(
          ['cell', 'layers', 'attention', 'inputFeeding', 'tiedEmbeddings', 'hiddenSize', 'dropout'] as const,
          { minLength: 7 },
        ),
        (lists, conditional, order) => {
          const space = Object.fromEntries(
            order.map((name) => {
              const when =
                conditional && name === 'inputFeeding' ? { attention: lists.attention[0] } : undefined;
              return [name, choice(lists[name], when)];
            }),
          );
          expect(cells(space)).toEqual(walked(SearchSpace.parse(space)));
        },
      ),
    );
  });

  it.each([
    [{ learningRate: { type: 'float', low: 0.0001, high: 1, step: 0.0001 } }, 10_000],
    [
      {
        hiddenSize: { type: 'int', low: 1, high: 8192 },
        batchSize: { type: 'int', low: 1, high: 4096 },
        dropout: choice([0.1, 0.2], { hiddenSize: 512, batchSize: 32 }),
      },
      1,
    ],
    [
      {
        hiddenSize: { type: 'int', low: 1, high: 8192 },
        batchSize: { type: 'int', low: 1, high: 4096 },
        dropout: choice([0.1, 0.2], { hiddenSize: 2, batchSize: 32 }),
      },
      10_000,
    ],
  ])('of %j is planned at once', (space, trials) => {
    const before = process.cpuUsage();
    const plan = { ...planOf(space), trials };
    expect(gridSize(plan)).toBe(trials);
    for (const index of [0, trials - 1]) suggestFromGrid(plan, index);
    expect(process.cpuUsage(before).user / 1_000).toBeLessThan(5_000);
  });

  it('refuses a grid in which next to nothing goes together, and does not walk through all of it', () => {
    const sizes = { type: 'int', low: 1, high: 8192 };
    const plan = planOf({ tiedEmbeddings: true, hiddenSize: sizes, embeddingSize: sizes });
    expect(() => gridSize({ ...plan, trials: 10_000 })).toThrow(/too many cells of the grid are not allowed/);
  });

  it('follows conditions on conditions', () => {
    const space = {
      schedule: choice(['constant', 'cosine']),
      warmupSteps: choice([0, 10], { schedule: 'cosine' }),
      clipNorm: choice([1, 2], { warmupSteps: 10 }),
    };
    expect(cells(space)).toEqual([
      { schedule: 'constant' },
      { schedule: 'cosine', warmupSteps: 0 },
      { schedule: 'cosine', warmupSteps: 10, clipNorm: 1 },
      { schedule: 'cosine', warmupSteps: 10, clipNorm: 2 },
    ]);
  });
});

describe('conditions', () => {
  it.each([
    [{ dropout: choice([0], { layers: 1 }) }, /dropout\.when\.layers|layers is not among the parameters/],
    [
      { dropout: choice([0], { cell: 'rnn' }), cell: choice(['lstm', 'gru']) },
      /cell is never rnn; its values are lstm, gru/,
    ],
    [{ dropout: choice([0], { layers: 1 }), layers: choice([1], { dropout: 0 }) }, /depend on each other/],
  ])('are refused when they can never hold: %j', (space, message) => {
    expect(() => SearchSpace.parse(space)).toThrow(message);
  });
});

import { SearchSpace } from '@honyaku/contracts';
import { describe, expect, it } from 'vitest';
import { type SearchPlan } from '../search-plan.ts';
import { gridSize, suggestFromGrid } from './grid.ts';

const planOf = (space: unknown): SearchPlan => ({
  space: SearchSpace.parse(space),
  sampler: 'grid',
  seed: 1,
  trials: 100,
});
const cells = (space: unknown) => {
  const plan = planOf(space);
  return Array.from({ length: gridSize(plan) }, (_, index) => suggestFromGrid(plan, index));
};
const choice = (values: unknown[], when?: object) => ({ type: 'choice', values, ...(when ? { when } : {}) });

describe('the grid', () => {
  it('is the product of its axes, the last changing fastest', () => {
    expect(cells({ layers: choice([1, 2]), dropout: choice([0, 0.5]), hiddenSize: 8 })).toEqual([
      { layers: 1, dropout: 0, hiddenSize: 8 },
      { layers: 1, dropout: 0.5, hiddenSize: 8 },
      { layers: 2, dropout: 0, hiddenSize: 8 },
      { layers: 2, dropout: 0.5, hiddenSize: 8 },
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
      /cell is never rnn; it is lstm, gru/,
    ],
    [{ dropout: choice([0], { layers: 1 }), layers: choice([1], { dropout: 0 }) }, /wait for each other/],
  ])('are refused when they can never hold: %j', (space, message) => {
    expect(() => SearchSpace.parse(space)).toThrow(message);
  });
});

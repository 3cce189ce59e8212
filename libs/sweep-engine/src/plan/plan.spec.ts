import { SweepSpec } from '@honyaku/contracts';
import { describe, expect, it } from 'vitest';
import { checkedPlan, plannedBySampler, previewOf } from './plan.ts';

const specOf = (change: object) =>
  SweepSpec.parse({ name: 'one', corpus: { digest: 'a'.repeat(64) }, ...change });
const choice = (...values: unknown[]) => ({ type: 'choice', values });
const notes = (change: object) => previewOf(specOf(change), []).notes;

describe('a plan', () => {
  it('of a grid without trials has all of its cells', () => {
    const parameters = { hiddenSize: choice(64, 128), dropout: choice(0, 0.1, 0.2) };
    const shown = previewOf(specOf({ sampler: 'grid', parameters, epochs: 5 }), []);
    expect(shown).toMatchObject({ trials: 6, epochs: 30 });
    expect(shown.settings).toHaveLength(6);
    expect(shown).not.toHaveProperty('notes');
  });

  it.each([
    [
      { trials: 20, parameters: { hiddenSize: choice(64, 128, 256) } },
      'trials: 20 trials have only 3 different settings and repeat them with other seeds',
    ],
    [{ trials: 2 }, 'trials: 2 trials have the same settings and repeat them with other seeds'],
    [
      {
        seed: 10,
        trials: 6,
        parameters: {
          hiddenSize: choice(64, 128),
          dropout: choice(0.1, 0.2),
          learningRate: choice(0.002, 0.004),
        },
      },
      'trials: the first 6 trials have only 3 different settings and repeat them with other seeds; another seed or sampler may repeat fewer',
    ],
    [
      { sampler: 'grid', trials: 2, parameters: { hiddenSize: choice(64, 128, 256) } },
      'trials: the grid has 3 cells; the first 2 are trained',
    ],
    [
      {
        sampler: 'grid',
        parameters: { batchSize: { type: 'int', low: 1, high: 4096 }, layers: choice(2, 3, 4) },
      },
      'trials: the grid has more than 10000 cells; the first 10000 are trained',
    ],
    [
      {
        trials: 6,
        epochs: 9,
        parameters: { dropout: { type: 'float', low: 0, high: 0.5 } },
        pruner: { type: 'asha', mode: 'promotion' },
      },
      'pruner: with so few trials promotion may end at epoch 3 of 9; use more trials or mode stopping',
    ],
  ])('of %j notes what may not be meant', (change, note) => {
    expect(notes(change)).toEqual([note]);
  });

  it.each([
    { trials: 20, parameters: { dropout: { type: 'float', low: 0, high: 0.5 } } },
    { trials: 3, seed: 3, parameters: { hiddenSize: choice(64, 128, 256) } },
    {
      trials: 9,
      epochs: 9,
      parameters: { batchSize: { type: 'int', low: 1, high: 64 } },
      pruner: { type: 'asha', mode: 'promotion' },
    },
  ])('of %j has no notes', (change) => {
    expect(notes(change)).toBeUndefined();
  });

  it('that is refused today still counts in a sweep that was taken earlier', () => {
    const spec = specOf({
      sampler: 'grid',
      trials: 20,
      parameters: {
        hiddenSize: choice(256, 256, 512),
        dropout: { type: 'float', low: 0.5, high: 1, step: 0.5 },
      },
    });
    expect(() => checkedPlan(spec)).toThrow(/hiddenSize\.values\.1: 256 is there already.*dropout\.high/);
    expect(plannedBySampler(spec)).toBe(6);
  });
});

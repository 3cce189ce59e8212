import { SweepSpec, storedDatasetOf } from '@honyaku/contracts';
import { describe, expect, it } from 'vitest';
import { trialSeed } from './trial-seed.ts';
import { checkedPlan, plannedBySampler, previewOf } from './plan.ts';

const specOf = (change: object): SweepSpec => {
  const submitted = SweepSpec.parse({ name: 'one', corpus: { digest: 'a'.repeat(64) }, ...change });
  return { ...submitted, dataset: storedDatasetOf(submitted) };
};
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
        sampler: 'grid',
        trials: 2,
        parameters: {
          network: choice('recurrent', 'transformer'),
          layers: { ...choice(1), when: { network: 'recurrent' } },
          heads: { ...choice(2, 4), when: { network: 'transformer' } },
        },
      },
      'parameters.layers: with one layer, topState zero and no attention the decoder learns nothing of the source; the grid is without such cells',
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
    [{ parameters: { heads: 4 } }, 'heads: acts on the transformer network alone, which no trial has'],
    [
      { parameters: { network: 'transformer', cell: 'gru' } },
      'cell: acts on the recurrent network alone, which no trial has',
    ],
    [
      {
        trials: 4,
        parameters: {
          network: choice('recurrent', 'transformer'),
          heads: choice(4, 8),
          dropout: { type: 'float', low: 0, high: 0.5 },
        },
      },
      'heads: acts on the transformer network alone, and is drawn for others too; give it when: { network: transformer }',
    ],
    [
      { trialsByHand: [{ hyperparameters: { network: 'transformer', layers: 2 } }] },
      'trialsByHand: layers acts on the recurrent network alone, which not all have',
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
    {
      trials: 3,
      seed: 4,
      parameters: {
        network: choice('recurrent', 'transformer'),
        heads: { ...choice(4, 8), when: { network: 'transformer' } },
        cell: { ...choice('lstm', 'gru'), when: { network: 'recurrent' } },
        dropout: { type: 'float', low: 0, high: 0.5 },
      },
    },
    // A trial by hand has the sweep's constants too.
    { parameters: { heads: 4 }, trialsByHand: [{ hyperparameters: { network: 'transformer' } }] },
  ])('of %j has no notes', (change) => {
    expect(notes(change)).toBeUndefined();
  });

  const dropout = { type: 'float', low: 0, high: 0.5 };
  const short = { epochs: 2, trials: 9, parameters: { dropout } };
  const never = (why: string) => `pruner: in 2 epochs it never ends a trial early: ${why}`;

  it.each([
    [
      { type: 'median', graceEpochs: 50 },
      never('it judges after graceEpochs (50) and before the last epoch'),
    ],
    [{ type: 'asha', graceEpochs: 50 }, never('no rung is between graceEpochs (50) and the last epoch')],
    [
      { type: 'asha', unit: 'targetTokens', minResource: 1e12 },
      never('minResource (1000000000000 targetTokens) is never reached before the last epoch'),
    ],
    [
      { type: 'asha', unit: 'targetTokens', graceEpochs: 1 },
      never('no rung is between graceEpochs (1) and the last epoch'),
    ],
    [
      { type: 'hyperband' },
      never(
        '3 times minResource (1) is more than the epochs, which leaves one bracket, and that halves nothing',
      ),
    ],
    [
      { type: 'hyperband', unit: 'targetTokens', minResource: 60, maxTokens: 100 },
      never(
        '3 times minResource (60) is more than maxTokens (100), which leaves one bracket, and that halves nothing',
      ),
    ],
    [
      { type: 'hyperband', unit: 'targetTokens', minResource: 1e12, maxTokens: 3e12 },
      never('its lowest rung (1000000000000 targetTokens) is never reached before the last epoch'),
    ],
    [
      { type: 'early-stopping', epochs: 50 },
      never('there is no room for 50 epochs without improvement before the last'),
    ],
    [
      { type: 'pbt', interval: 50 },
      'pruner: in 2 epochs no trial copies another: they are compared every 50 epochs (interval), and not after the last',
    ],
    [
      { type: 'median', startupTrials: 9, graceEpochs: 0 },
      'pruner: it acts from 10 trials on (startupTrials 9), and the sweep has 9',
    ],
  ])('with the pruner %j notes that it never acts', (pruner, note) => {
    expect(notes({ ...short, pruner })).toEqual([note]);
  });

  it.each([
    [{ type: 'median', graceEpochs: 0 }, 2],
    [{ type: 'median', graceEpochs: 50 }, 52],
    [{ type: 'asha', minResource: 1 }, 2],
    [{ type: 'asha', minResource: 2, graceEpochs: 5 }, 7],
    [{ type: 'asha', unit: 'targetTokens', minResource: 1e9 }, 2],
    [{ type: 'hyperband' }, 3],
    [{ type: 'early-stopping', epochs: 50 }, 52],
    [{ type: 'pbt', interval: 50 }, 51],
  ])('with the pruner %j notes nothing from %i epochs on', (pruner, epochs) => {
    expect(notes({ ...short, epochs, pruner })).toBeUndefined();
    const shorter = notes({ ...short, epochs: epochs - 1, pruner });
    if (epochs > 2) expect(shorter).toHaveLength(1);
  });

  it('knows from maxPairs how many tokens a trial has at most', () => {
    const pruner = { type: 'asha', unit: 'targetTokens', minResource: 10_241 };
    expect(notes({ ...short, pruner, dataset: { maxPairs: 20, maxTokens: 511 } })).toEqual([
      never('minResource (10241 targetTokens) is never reached before the last epoch'),
    ]);
    expect(notes({ ...short, pruner, dataset: { maxPairs: 21, maxTokens: 511 } })).toBeUndefined();
  });

  it('with a single trial notes that there is none to compare it with', () => {
    expect(notes({ pruner: { type: 'asha' } })).toEqual([
      'pruner: it acts from 2 trials on (it compares them), and the sweep has 1',
    ]);
  });

  it('notes hyperparameters that its trials are too short for, of those by hand too', () => {
    const texts = [
      'patience: 50 never ends a trial of 2 epochs; it can from 52 on',
      'averageBest: 40 is more than a trial of 2 epochs has, so that all are averaged',
    ];
    expect(notes({ ...short, parameters: { dropout, patience: 50, averageBest: 40 } })).toEqual(texts);
    const trialsByHand = [{ hyperparameters: { patience: 50, averageBest: 40 } }];
    expect(notes({ ...short, trialsByHand })).toEqual(texts);
    expect(notes({ ...short, epochs: 52, trialsByHand })).toBeUndefined();
    expect(notes({ ...short, parameters: { dropout, averageBest: 2 } })).toBeUndefined();
  });

  const byHand = (...trials: readonly (readonly [dropout: number, seed?: number])[]) =>
    trials.map(([value, seed]) => ({
      hyperparameters: { dropout: value },
      ...(seed === undefined ? {} : { seed }),
    }));

  it.each([
    [
      { trials: 0, trialsByHand: byHand([0.3, 7], [0.1], [0.3, 7]) },
      ['trialsByHand: trials 1 and 3 have the same settings and the seed 7, and train the same'],
    ],
    [
      { trials: 0, trialsByHand: byHand([0.3], [0.3]) },
      ['trialsByHand: trials 1 and 2 have the same settings and repeat them with other seeds'],
    ],
    [
      { trials: 1, parameters: { dropout: 0.3 }, trialsByHand: byHand([0.3, 7]) },
      ['trialsByHand: trials 1 and 2 have the same settings and repeat them with other seeds'],
    ],
    [
      { trials: 1, parameters: { dropout: 0.3 }, trialsByHand: byHand([0.3, trialSeed(1, 2)]) },
      [
        `trialsByHand: trials 1 and 2 have the same settings and the seed ${trialSeed(1, 2)}, and train the same`,
      ],
    ],
    [
      { trials: 0, trialsByHand: byHand(...Array.from({ length: 9 }, () => [0.3, 7] as const)) },
      [
        'trialsByHand: trials 1, 2, 3, 4, 5 and others have the same settings and the seed 7, and train the same',
      ],
    ],
  ])('of %j notes the trials by hand that are repeated', (change, expected) => {
    expect(notes(change)).toEqual(expected);
  });

  it('names a few of many trials by hand that are repeated', () => {
    const pairs = Array.from({ length: 9 }, (_, index) => [index / 10, 7] as const);
    const all = notes({ trials: 0, trialsByHand: byHand(...pairs, ...pairs) });
    expect(all).toHaveLength(6);
    expect(all?.at(-1)).toBe('trialsByHand: 4 more sets of settings are repeated');
  });

  it('says nothing of settings that each have a seed of their own, and of different ones', () => {
    expect(notes({ trials: 0, trialsByHand: byHand([0.3, 1], [0.3, 2], [0.1]) })).toBeUndefined();
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

/** Whatever a sampler or pruner comes to is allowed, for every space that a sweep may be submitted with. */
import {
  Hyperparameters,
  InvalidInput,
  PrunerSettings,
  SearchSpace,
  describeIssues,
  parameterNames,
  perturbableParameters,
} from '@honyaku/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { prunerOf } from './pruners/registry.ts';
import { type Observation, type SearchPlan } from './samplers/space.ts';
import { firstTrials, suggestTrial } from './suggest.ts';

/** Bounds that hyperparameters have, and numbers beside them and far from them. */
const number = fc.oneof(
  fc.constantFrom(0, 1, 2, 6, 10, 50, 256, 4096, 8192, 10_000, 1_000_000, 1e30, 5e-324, 1e-300, 1 - 2 ** -53),
  fc.double({ min: 0, max: 1, noNaN: true }),
  fc.double({ min: -1, max: 1e7, noNaN: true }),
  fc.integer({ min: -1, max: 9_000 }),
);
const value = fc.oneof(
  number,
  fc.boolean(),
  fc.constantFrom(
    'lstm',
    'gru',
    'none',
    'dot',
    'general',
    'zero',
    'carried',
    'plain',
    'length',
    'cosine',
    'plateau',
  ),
);
const bounds = fc.tuple(number, number).map(([a, b]) => ({ low: Math.min(a, b), high: Math.max(a, b) }));
const whole = bounds.map(({ low, high }) => ({ low: Math.floor(low), high: Math.floor(high) }));
const range = fc.oneof(
  value,
  fc.record({ type: fc.constant('choice'), values: fc.array(value, { minLength: 1, maxLength: 4 }) }),
  bounds.map((each) => ({ type: 'float', ...each })),
  bounds.map((each) => ({ type: 'float', ...each, log: true })),
  fc
    .tuple(bounds, fc.double({ min: 1e-3, max: 10, noNaN: true }))
    .map(([each, step]) => ({ type: 'float', ...each, step })),
  number.map((only) => ({ type: 'float', low: only, high: only })),
  whole.map((each) => ({ type: 'int', ...each })),
  whole.map((each) => ({ type: 'int', ...each, log: true })),
  fc.tuple(whole, fc.integer({ min: 1, max: 500 })).map(([each, step]) => ({ type: 'int', ...each, step })),
);

/** The range if it may stand in a submitted space, beside defaults. */
function taken(sampler: SearchPlan['sampler'], name: string, candidate: unknown): unknown[] {
  const space = SearchSpace.safeParse({ [name]: candidate });
  if (!space.success) return [];
  try {
    firstTrials({ space: space.data, sampler, seed: 1, trials: 1 });
    return [candidate];
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidInput);
    return [];
  }
}

/** For each hyperparameter one range or none, of those that are taken. */
const submitted = (sampler: SearchPlan['sampler']) =>
  fc
    .tuple(
      ...parameterNames.options.map((name) =>
        fc.array(range, { minLength: 3, maxLength: 3 }).map((all) => {
          const [first] = all.flatMap((each) => taken(sampler, name, each));
          return [name, first] as const;
        }),
      ),
    )
    .map((entries) =>
      SearchSpace.parse(Object.fromEntries(entries.filter(([, each]) => each !== undefined))),
    );

const problemsOf = (settings: unknown) => {
  const { error } = Hyperparameters.safeParse(settings);
  return error ? describeIssues(error) : 'none';
};

describe('every value is allowed', () => {
  it.each(['grid', 'random', 'sobol', 'tpe'] as const)('of the sampler %s', (sampler) => {
    let sweeps = 0;
    fc.assert(
      fc.property(submitted(sampler), fc.nat(1_000), (space, seed) => {
        const plan: SearchPlan = { space, sampler, seed, trials: 25 };
        try {
          firstTrials(plan);
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidInput);
          return;
        }
        sweeps += 1;
        const history: Observation[] = [];
        for (let index = 0; index < 25; index += 1) {
          const values = suggestTrial(plan, index, history);
          if (!values) return;
          expect(problemsOf(values)).toBe('none');
          history.push({ number: index + 1, values, value: (index * 7919) % 13 });
        }
      }),
      { numRuns: 30, seed: 1, endOnFailure: true },
    );
    expect(sweeps).toBeGreaterThan(10);
  });

  it('of population based training, in every space that was ever taken', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...perturbableParameters),
        range.filter((each) => SearchSpace.safeParse({ dropout: each }).success),
        fc.constantFrom(0, 0.5, 1),
        fc.nat(1_000),
        (name, each, resampleProbability, seed) => {
          const pruner = PrunerSettings.parse({ type: 'pbt', resampleProbability });
          const parameters = SearchSpace.parse({ [name]: each });
          const { copying } = prunerOf({ epochs: 100, seed, parameters, pruner });
          if (!copying) throw new Error('PBT copies nothing');
          let copied = Hyperparameters.parse({});
          for (let epoch = 1; epoch < 20; epoch += 1) {
            copied = copying.settingsAfter(1, epoch, copied);
            expect(problemsOf(copied)).toBe('none');
          }
        },
      ),
      { numRuns: 300, seed: 4, endOnFailure: true },
    );
  });
});

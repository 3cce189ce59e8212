import { describe, expect, it } from 'vitest';
import { InvalidInput } from './errors.ts';
import { parseInput } from './json.ts';
import { drawnNetworks, requireVocabularyFor, storedDatasetOf } from './sweep-networks.ts';
import { SweepSpec } from './sweep-spec.ts';

const specOf = (settings: object) =>
  parseInput(SweepSpec, { name: 'networks', corpus: { digest: 'a'.repeat(64) }, ...settings }, 'sweep');
const choice = (...values: string[]) => ({ type: 'choice', values });

const withTransformer = [
  { parameters: { network: 'transformer' } },
  { parameters: { network: choice('recurrent', 'transformer') } },
  { trials: 0, trialsByHand: [{ hyperparameters: { network: 'transformer' } }] },
];
const withoutTransformer = [
  {},
  { parameters: { network: 'recurrent', heads: 4 } },
  { parameters: { network: choice('recurrent') } },
  { trialsByHand: [{ hyperparameters: { network: 'recurrent' } }] },
];

describe('the vocabulary of a sweep', () => {
  it.each(withTransformer)('is joint by default for %j, and separate ones are refused', (settings) => {
    expect(storedDatasetOf(specOf(settings))).toMatchObject({ vocabulary: 'joint' });
    const separate = specOf({ ...settings, dataset: { vocabulary: 'separate' } });
    expect(storedDatasetOf(separate)).not.toHaveProperty('vocabulary');
    const refused = () => requireVocabularyFor({ ...separate, dataset: storedDatasetOf(separate) });
    expect(refused).toThrow(InvalidInput);
    expect(refused).toThrow(
      /^dataset\.vocabulary: is separate, but network: transformer .*vocabulary: joint$/,
    );
    const joint = specOf({ ...settings, dataset: { vocabulary: 'joint' } });
    expect(() => requireVocabularyFor(joint)).not.toThrow();
  });

  it.each(withoutTransformer)('is what it says for %j, and separate by default', (settings) => {
    const spec = specOf(settings);
    expect(storedDatasetOf(spec)).not.toHaveProperty('vocabulary');
    expect(() => requireVocabularyFor(spec)).not.toThrow();
    const joint = specOf({ ...settings, dataset: { vocabulary: 'joint' } });
    expect(storedDatasetOf(joint)).toMatchObject({ vocabulary: 'joint' });
  });
});

describe('the networks that a sampler draws', () => {
  it('are the default alone without a range, and beside those of a range that has a condition', () => {
    expect([...drawnNetworks({})]).toEqual(['recurrent']);
    const { parameters } = specOf({
      parameters: {
        cell: choice('lstm', 'gru'),
        network: { ...choice('transformer'), when: { cell: 'gru' } },
      },
    });
    expect([...drawnNetworks(parameters)]).toEqual(['transformer', 'recurrent']);
  });
});

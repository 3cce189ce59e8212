import { describe, expect, it } from 'vitest';
import { parseInput } from './json.ts';
import { SweepFile, SweepSpec } from './sweep-spec.ts';
import { datasetDigestOf } from './jobs.ts';
import { DatasetSettings } from './dataset.ts';

const digest = 'a'.repeat(64);
const smallest = { name: 'one', corpus: { digest } };
const refusal = (change: object) => () => parseInput(SweepSpec, { ...smallest, ...change }, 'sweep');

describe('SweepSpec', () => {
  it('needs only a name and a corpus and has the settings of the notebook otherwise', () => {
    const spec = SweepSpec.parse(smallest);
    expect(spec).toMatchObject({ epochs: 20, trials: 1, dataset: { testFraction: 0.2 } });
    expect(spec.dataset.vocabularySize).toEqual({ source: 8000, target: 8000 });
  });

  it.each([
    [{ trails: 3 }, /trails/],
    [{ parameters: { learning_rate: 0.1 } }, /learning_rate/],
    [{ parameters: { dropout: { type: 'choice', values: [] } } }, /parameters\.dropout.*range is empty/],
    [
      { parameters: { dropout: { type: 'float', low: 0.5, high: 0.1 } } },
      /parameters\.dropout.*range is empty/,
    ],
    [
      { parameters: { learningRate: { type: 'float', low: 0, high: 1, log: true } } },
      /log needs low above 0/,
    ],
    [{ epochs: 'ten' }, /epochs/],
    [{ trials: -1 }, /trials/],
    [{ name: 'No Spaces' }, /name.*a-z/],
    [{ corpus: { digest: 'abc' } }, /corpus\.digest.*sha256/],
  ])('refuses %j and names the field', (change, message) => {
    expect(refusal(change)).toThrow(message);
  });
});

describe('SweepFile', () => {
  it('takes a corpus by kind and says which kinds there are', () => {
    expect(SweepFile.parse({ name: 'one', corpus: { kind: 'tatoeba' } }).corpus).toEqual({ kind: 'tatoeba' });
    expect(() => parseInput(SweepFile, { name: 'one', corpus: { kind: 'wmt' } }, 'sweep')).toThrow(/tatoeba/);
  });
});

describe('datasetDigestOf', () => {
  it('depends on every setting and not on the order of keys', () => {
    const settings = DatasetSettings.parse({ seed: 1, maxPairs: 100 });
    const reordered = DatasetSettings.parse({ maxPairs: 100, seed: 1 });
    expect(datasetDigestOf(digest, settings)).toBe(datasetDigestOf(digest, reordered));
    expect(datasetDigestOf(digest, settings)).not.toBe(
      datasetDigestOf(digest, { ...settings, maxPairs: 101 }),
    );
  });
});

import { describe, expect, it } from 'vitest';
import { parseInput, toJson } from './json.ts';
import { storedRuntime, submittedRuntime, SweepFile, SweepSpec } from './sweep-spec.ts';
import { datasetDigestOf } from './jobs.ts';
import { DatasetSettings } from './dataset.ts';

const digest = 'a'.repeat(64);
const smallest = { name: 'one', corpus: { digest } };
const numbered = (keys: number) =>
  Object.fromEntries(Array.from({ length: keys }, (_, index) => [`k${index}`, 1]));
const refusal = (change: object) => () => parseInput(SweepSpec, { ...smallest, ...change }, 'sweep');

describe('SweepSpec', () => {
  it('needs only a name and a corpus, and defaults to the settings of the notebook', () => {
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

  it('has all cells of a grid without trials, and one trial of any other sampler', () => {
    expect(SweepSpec.parse({ ...smallest, sampler: 'grid' }).trials).toBe(10_000);
    expect(SweepSpec.parse({ ...smallest, sampler: 'grid', trials: 1 }).trials).toBe(1);
    expect(SweepSpec.parse({ ...smallest, sampler: 'tpe' }).trials).toBe(1);
  });

  it('is stored with its number of trials, and read back unchanged', () => {
    const spec = SweepSpec.parse({ ...smallest, sampler: 'grid' });
    const stored: unknown = JSON.parse(toJson(SweepSpec, spec));
    expect(stored).toMatchObject({ trials: 10_000 });
    expect(SweepSpec.parse(stored)).toEqual(spec);
  });

  it.each([
    [
      'values',
      { parameters: { dropout: { type: 'choice', values: Array(40_000).fill([]) } } },
      'must be a number, text, or true or false, not a list',
    ],
    [
      'conditions',
      {
        parameters: {
          layers: 2,
          dropout: { type: 'choice', values: [0], when: { layers: Array(20_000).fill([]) } },
        },
      },
      'must be a number, text, or true or false, not a list',
    ],
    ['parameters', { parameters: numbered(90_000) }, 'unknown key|invalid'],
    [
      'names in a condition',
      { parameters: { dropout: { type: 'choice', values: [0], when: numbered(90_000) } } },
      'unknown key|invalid',
    ],
    ['trials by hand', { trialsByHand: Array(90_000).fill({}) }, '1000'],
    ['earlier sweeps', { warmStart: Array(90_000).fill('a') }, '20'],
    ['keys', numbered(90_000), 'unknown key'],
  ])('refuses too many %s, quickly and with a short message', (_, change, message) => {
    const before = process.cpuUsage();
    const refused = refusal(change);
    expect(refused).toThrow(new RegExp(message, 'i'));
    // Comparing each with each would take longer on any processor, and a busy one is slow in everything.
    expect(process.cpuUsage(before).user / 1_000).toBeLessThan(10_000);
    expect(refused).toThrow(/^.{0,2000}$/);
  });

  it('compares conditions with values in linear time', () => {
    const many = Array.from({ length: 1_000 }, (_, index) => index);
    const parameters = {
      batchSize: { type: 'choice', values: many },
      dropout: { type: 'choice', values: [0], when: { batchSize: many.toReversed() } },
    };
    expect(refusal({ parameters })).not.toThrow();
  });
});

describe('SweepFile', () => {
  it('takes a corpus by kind, and lists the kinds when refusing another', () => {
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

describe('the kernels of a sweep', () => {
  const runtime = { threads: 2, onednn: true };

  it('are native ones in what is submitted without a word of them', () => {
    expect(storedRuntime(runtime)).toEqual({ ...runtime, kernels: 'native' });
  });

  it('are TensorFlow’s in what is stored without a word of them, as version 0.1.0 stores and reads it', () => {
    expect(storedRuntime({ ...runtime, kernels: 'tensorflow' })).toEqual(runtime);
    expect(submittedRuntime(runtime)).toEqual({ ...runtime, kernels: 'tensorflow' });
  });

  it('may multiply in bfloat16 where they are native; float32 is stored as its absence', () => {
    const native = { ...runtime, kernels: 'native' as const };
    expect(storedRuntime({ ...runtime, precision: 'bfloat16' })).toEqual({
      ...native,
      precision: 'bfloat16',
    });
    expect(storedRuntime({ ...runtime, precision: 'float32' })).toEqual(native);
    expect(refusal({ runtime: { kernels: 'tensorflow', precision: 'bfloat16' } })).toThrow(
      'runtime.precision: bfloat16 and auto need native kernels',
    );
    expect(refusal({ runtime: { kernels: 'tensorflow', precision: 'auto' } })).toThrow(
      'runtime.precision: bfloat16 and auto need native kernels',
    );
    expect(refusal({ runtime: { precision: 'float16' } })).toThrow(/runtime\.precision.*bfloat16/);
  });

  it.each([
    { ...runtime, kernels: 'native' as const },
    { ...runtime, kernels: 'native' as const, precision: 'bfloat16' as const },
    { ...runtime, kernels: 'native' as const, precision: 'auto' as const },
    runtime,
  ])('stay what they are when %j is submitted again', (stored) => {
    expect(storedRuntime(submittedRuntime(stored))).toEqual(stored);
  });
});

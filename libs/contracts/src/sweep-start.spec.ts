import { describe, expect, it } from 'vitest';
import { architectureOf, hyperparametersWith } from './architecture.ts';
import { InvalidInput } from './errors.ts';
import { Hyperparameters } from './hyperparameters.ts';
import { startRecordOf } from './start.ts';
import { SearchSpace, SweepFile } from './sweep-spec.ts';
import {
  requireDatasetOfStart,
  requireNetworkOfStart,
  requireSettingsOfStart,
  settingsFromStart,
} from './sweep-start.ts';

const file = (digit: string) => ({ bytes: 4, sha256: digit.repeat(64) });
const transformer = Hyperparameters.parse({ network: 'transformer', hiddenSize: 64, heads: 4 });
const start = startRecordOf({
  name: 'the Marian model opus-mt-ja-en',
  architecture: architectureOf(transformer),
  vocabularySize: { source: 90, target: 90 },
  dataset: { vocabulary: 'joint', vocabularySize: { source: 60, target: 48 } },
  files: { model: file('1'), source: file('2'), target: file('3'), vocabulary: file('4') },
});
const dataset = {
  tokenizers: start.digest,
  vocabulary: 'joint',
  vocabularySize: { source: 60, target: 48 },
};

describe('the architecture of a network', () => {
  it('is what its weights were made for, without the settings of training', () => {
    expect(start.architecture).toEqual({
      network: 'transformer',
      hiddenSize: 64,
      encoderLayers: 4,
      decoderLayers: 2,
      heads: 4,
      feedForwardSize: 2048,
      activation: 'swish',
    });
    const recurrent = architectureOf(Hyperparameters.parse({ embeddingStd: 0.1, wordDropout: 0.1 }));
    expect(Object.keys(recurrent)).toEqual(expect.arrayContaining(['cell', 'layers', 'topState']));
    expect(recurrent).not.toHaveProperty('embeddingStd');
    expect(architectureOf(hyperparametersWith(recurrent))).toEqual(recurrent);
  });
});

describe('a model that sweeps start from', () => {
  it('has the digest of its content, whatever its name', () => {
    const { digest, ...model } = start;
    expect(startRecordOf({ ...model, name: 'another' }).digest).toBe(digest);
    const other = { ...model, files: { ...model.files, model: file('5') } };
    expect(startRecordOf(other).digest).not.toBe(digest);
  });

  it('gives a sweep the settings that it does not have', () => {
    const parameters = { heads: 4, learningRate: { type: 'float', low: 1e-5, high: 1e-3 } };
    const missing = settingsFromStart({ parameters, dataset: { maxTokens: 64 } }, start);
    const paths = missing.map(({ path }) => path.join('.'));
    expect(paths).toContain('parameters.hiddenSize');
    expect(paths).toContain('dataset.tokenizers');
    expect(paths).not.toContain('parameters.heads');
    expect(settingsFromStart({ parameters: start.architecture, dataset }, start)).toEqual([]);
  });

  it.each([
    [{ parameters: { hiddenSize: 128 } }, 'parameters.hiddenSize: is 128, but', 'has 64; leave it out'],
    [
      { parameters: { heads: { type: 'choice', values: [2, 4] } } },
      'parameters.heads: is a range, but',
      'has 4; leave it out',
    ],
    [{ parameters: { network: 'recurrent' } }, 'parameters.network: is recurrent, but', 'has transformer'],
    [{ dataset: { vocabulary: 'separate' } }, 'dataset.vocabulary: is separate, but', 'has joint'],
    [
      { dataset: { vocabularySize: { source: 8000 } } },
      'dataset.vocabularySize.source: is 8000, but',
      'has 60; leave it out',
    ],
    [
      { trialsByHand: [{ hyperparameters: {} }, { hyperparameters: { activation: 'relu' } }] },
      'trialsByHand.1.hyperparameters.activation: is relu, but',
      'has swish',
    ],
  ])('refuses by name what contradicts it: %j', (sweep, field, reason) => {
    const refused = () => settingsFromStart(sweep, start);
    expect(refused).toThrow(InvalidInput);
    expect(refused).toThrow(field);
    expect(refused).toThrow(`${start.name}, from which the sweep starts, ${reason}`);
  });

  it('refuses a submitted sweep that lacks a setting', () => {
    const { heads, ...parameters } = start.architecture;
    expect(() => requireSettingsOfStart({ parameters, dataset }, start)).toThrow(
      'parameters.heads: is missing; the Marian model opus-mt-ja-en has 4',
    );
    expect(() => requireDatasetOfStart({ dataset: { ...dataset, tokenizers: undefined } }, start)).toThrow(
      'dataset.tokenizers: is missing',
    );
    requireSettingsOfStart({ parameters: start.architecture, dataset }, start);
    requireDatasetOfStart({ dataset }, start);
  });

  it('keeps its network when its sweep is extended or gets trials by hand', () => {
    const parameters = SearchSpace.parse(start.architecture);
    const sweep = { start: { digest: start.digest }, parameters };
    requireNetworkOfStart(sweep, { parameters, trialsByHand: [{ hyperparameters: transformer }] });
    expect(() => requireNetworkOfStart(sweep, { parameters: { learningRate: 0.1 } })).toThrow(
      'parameters.network: is missing',
    );
    const wider = Hyperparameters.parse({ network: 'transformer', hiddenSize: 128, heads: 4 });
    expect(() => requireNetworkOfStart(sweep, { trialsByHand: [{ hyperparameters: wider }] })).toThrow(
      'trialsByHand.0.hyperparameters.hiddenSize: is 128',
    );
    requireNetworkOfStart({ parameters }, { trialsByHand: [{ hyperparameters: wider }] });
  });
});

describe('the start of a sweep file', () => {
  const parse = (value: unknown) =>
    SweepFile.safeParse({ name: 'fine', corpus: { kind: 'tatoeba' }, start: value });

  it.each([
    { trial: 'wide-4f9a1c0b72d3e865-0003' },
    { trial: 'wide-4f9a1c0b72d3e865-0003', epoch: 4 },
    { bundle: 'best' },
    { marian: '../opus-mt-ja-en' },
    { digest: 'a'.repeat(64) },
  ])('may be %j', (value) => {
    expect(parse(value).data?.start).toEqual(value);
  });

  it.each([{}, { marian: '' }, { bundle: 'best', marian: 'model' }, { trial: 'wide' }, { epoch: 3 }])(
    'may not be %j',
    (value) => {
      expect(parse(value).success).toBe(false);
    },
  );
});

import { describe, expect, it } from 'vitest';
import { parseInput } from './json.ts';
import {
  CorpusRecord,
  CorpusSource,
  DatasetSettings,
  cleaningOf,
  hasDevSet,
  storedDataset,
  submittedDataset,
} from './dataset.ts';
import { fromJson } from './json.ts';
import { CleaningSettings } from './cleaning.ts';
import { datasetDigestOf } from './jobs.ts';

const corpus = 'a'.repeat(64);

describe('a dataset', () => {
  it('has the digest that version 0.1.0 gave it, unless its sweep knows other languages', () => {
    const settings = DatasetSettings.parse({});
    const digest = datasetDigestOf(corpus, settings);
    expect(digest).toBe('fa023c539ce5681581b891f380711082aa7d3576e28497a8b606a6bf4386bfff');
    const languages = { source: 'en', target: 'ja' };
    expect(datasetDigestOf(corpus, { ...settings, languages })).not.toBe(digest);
  });
});

describe('the split of a dataset', () => {
  const settings = DatasetSettings.parse({});

  it('is grouped in what is submitted without a word of it', () => {
    expect(storedDataset(settings)).toMatchObject({ ...settings, split: 'grouped' });
    expect(hasDevSet(storedDataset(settings))).toBe(true);
  });

  it('is random in what is stored without a word of it, as version 0.1.0 stores and reads it', () => {
    const characterCoverage = { source: 0.9995, target: 0.9995 };
    expect(storedDataset({ ...settings, split: 'random', characterCoverage })).toEqual(settings);
    expect(submittedDataset(settings)).toMatchObject({ ...settings, split: 'random' });
    expect(hasDevSet(settings)).toBe(false);
  });

  it.each([
    settings,
    { ...settings, split: 'grouped' as const, vocabulary: 'joint' as const },
    { ...settings, characterCoverage: 'by-language' as const },
    { ...settings, characterCoverage: { source: 0.9995, target: 1 } },
    { ...settings, languages: { source: 'jpn', target: 'en' } },
  ])('stays what it is when %j is submitted again', (stored) =>
    expect(storedDataset(submittedDataset(stored))).toEqual(stored),
  );

  it('keeps published sets apart only where it is grouped', () => {
    expect(DatasetSettings.parse({ published: 'held-out' }).published).toBe('held-out');
    expect(() => parseInput(DatasetSettings, { split: 'random', published: 'held-out' }, 'dataset')).toThrow(
      'published: needs a grouped split',
    );
  });

  it('is one of two', () => {
    expect(() => parseInput(DatasetSettings, { split: 'by hand' }, 'dataset')).toThrow(
      /split.*random.*grouped/,
    );
  });
});

describe('the vocabulary of a dataset', () => {
  const settings = DatasetSettings.parse({});

  it('is stored where it is joint, and is separate where nothing is stored', () => {
    expect(storedDataset({ ...settings, vocabulary: 'joint' })).toMatchObject({ vocabulary: 'joint' });
    expect(storedDataset({ ...settings, vocabulary: 'separate' })).toEqual(storedDataset(settings));
    expect(storedDataset(settings)).not.toHaveProperty('vocabulary');
    expect(submittedDataset(settings)).toMatchObject({ vocabulary: 'separate' });
  });

  it('makes another dataset where it is joint', () => {
    const joint = storedDataset({ ...settings, vocabulary: 'joint' });
    expect(datasetDigestOf(corpus, joint)).not.toBe(datasetDigestOf(corpus, storedDataset(settings)));
  });
});

describe('the character coverage of a dataset', () => {
  const settings = DatasetSettings.parse({});

  it('follows from the languages in what is submitted without a word of it', () => {
    expect(storedDataset(settings).characterCoverage).toBe('by-language');
    expect(submittedDataset(storedDataset(settings)).characterCoverage).toBe('by-language');
  });

  it('is 0.9995 on both sides where nothing is stored, as all versions before had it', () => {
    const characterCoverage = { source: 0.9995, target: 0.9995 };
    expect(submittedDataset(settings)).toMatchObject({ characterCoverage });
    expect(storedDataset({ ...settings, characterCoverage })).not.toHaveProperty('characterCoverage');
  });

  it.each([0.97, 1.01, 'by-script'])('cannot be %s', (source) => {
    const dataset = { characterCoverage: { source, target: 1 } };
    expect(() => parseInput(DatasetSettings, dataset, 'dataset')).toThrow(/characterCoverage/);
  });
});

describe('a corpus', () => {
  it('that version 0.1.0 stored is read as it was', () => {
    const stored = `{"digest":"${corpus}","file":"x/pairs.tsv","bytes":1,"pairs":1,"sourceLanguage":"ja","targetLanguage":"en","name":"n","licence":"l"}`;
    const record = fromJson(CorpusRecord, stored, 'corpus.json');
    expect(record).toMatchObject({ sourceLanguage: 'ja', targetLanguage: 'en' });
  });

  it('may name the language of a side or not', () => {
    const files = { kind: 'parallel', source: 'a', target: 'b' };
    expect(CorpusSource.parse(files)).toEqual(files);
    expect(CorpusSource.parse({ ...files, targetLanguage: 'ja' })).toMatchObject({ targetLanguage: 'ja' });
    expect(CorpusSource.safeParse({ ...files, targetLanguage: 'Japanese' }).success).toBe(false);
  });

  it('takes its two sides from two columns', () => {
    const tsv = { kind: 'tsv', path: 'a.tsv', sourceColumn: 1, targetColumn: 1 };
    expect(() => parseInput(CorpusSource, tsv, 'corpus')).toThrow(
      'targetColumn: must be another column than sourceColumn',
    );
    expect(CorpusSource.safeParse({ ...tsv, targetColumn: 0 }).success).toBe(true);
  });
});

describe('the cleaning of a dataset', () => {
  const settings = DatasetSettings.parse({});
  const cleaning = CleaningSettings.parse({});

  it('has its defaults in what is submitted with a grouped split, and is none with a random one', () => {
    expect(storedDataset(settings)).toMatchObject({ cleaning });
    expect(storedDataset({ ...settings, split: 'random' })).not.toHaveProperty('cleaning');
    expect(storedDataset({ ...settings, split: 'random', cleaning })).toMatchObject({ cleaning });
    expect(storedDataset({ ...settings, cleaning: 'none' })).not.toHaveProperty('cleaning');
  });

  it('is none or a map of settings, and other words are refused with both', () => {
    const refused = (cleaning: unknown) => () => parseInput(DatasetSettings, { cleaning }, 'dataset');
    expect(refused('off')).toThrow('dataset: cleaning: must be "none" or a map');
    expect(refused(3)).toThrow('dataset: cleaning: must be a map, not 3');
    expect(refused({ maxRatio: 0.5 })).toThrow('dataset: cleaning.maxRatio: must be at least 1');
  });

  it('stays none in what was stored without it and is submitted again', () => {
    expect(submittedDataset({ ...settings, split: 'grouped' })).toMatchObject({ cleaning: 'none' });
    expect(cleaningOf(storedDataset(submittedDataset({ ...settings, split: 'grouped' })))).toBeUndefined();
  });
});

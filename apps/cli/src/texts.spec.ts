import { exampleReport } from '@honyaku/client/example-sweep';
import { exampleHeldOut } from '@honyaku/contracts/examples';
import { describe, expect, it } from 'vitest';
import { datasetTexts, testText, truncationText } from './texts.ts';

describe('held-out metrics in words', () => {
  it('are perplexity and BLEU', () => {
    expect(testText(exampleHeldOut(61.371))).toBe('61.37, BLEU 12.30 of 20 sentences');
  });

  it('name the beam of a beam search, and the look-up beside it', () => {
    const { translations } = exampleHeldOut(20);
    const beam = { size: 4, lengthPenalty: 0.6 };
    const searched = exampleHeldOut(61.371, { translations: { ...translations, beam } });
    expect(testText(searched, 14.6)).toBe('61.37, BLEU 12.30 by beam 4 (look-up 14.60) of 20 sentences');
  });

  it('name how many translations were cut, and nothing where none was or nobody counted', () => {
    const { translations } = exampleHeldOut(20);
    expect(truncationText({ ...translations, truncated: 7 })).toBe(
      '7 of 20 held-out translations were cut before their end',
    );
    expect(truncationText({ ...translations, truncated: 0 })).toBe('');
    expect(truncationText(translations)).toBe('');
  });

  it('raise the alarm when the translations have collapsed, whatever the perplexity', () => {
    const { translations } = exampleHeldOut(20);
    const collapsed = exampleHeldOut(20, {
      translations: { ...translations, collapse: ['repeated', 'identical'] },
    });
    expect(testText(collapsed)).toBe(
      '20.00, BLEU 12.30 of 20 sentences (translations collapsed: words repeat, all are identical)',
    );
  });
});

describe('a dataset in words', () => {
  const report = exampleReport;
  const second = (sentences: number) => datasetTexts(report, { evaluation: { sentences } })[1];

  it('says how many pairs evaluations translate where the sweep does', () => {
    expect(datasetTexts(report, {})).toHaveLength(1);
    expect(second(500)).toBe(
      'BLEU after each epoch is of a sample of 500 of 4000 test pairs, at the end that of the best epoch is of all',
    );
  });

  it('has three sets and their groups where the split is grouped, and evaluations of the dev set', () => {
    const pairs = { train: 16_000, dev: 1_900, test: 2_100 };
    const groups = { train: 15_000, dev: 1_870, test: 1_880 };
    const evaluation = { sentences: 500 };
    expect(datasetTexts({ ...report, pairs, groups, publishedPairs: 976 }, { evaluation })).toEqual([
      'dataset: ja → en, 16000 pairs to train, 1900 to choose by (dev) and 2100 to test in 15000, 1870 and 1880 groups that share no side with each other, BLEU tokenization: 13a',
      'BLEU after each epoch is of 500 of 1900 dev pairs',
      '976 pairs left out: of published test sets, or with a side of one (dataset.published)',
    ]);
  });

  it('says what cleaning left out, by reason, and nothing where it left all', () => {
    const example = { line: 1, source: '', target: 'one' };
    const left = { duplicate: { pairs: 5, examples: [] }, oneSided: { pairs: 1, examples: [example] } };
    expect(datasetTexts({ ...report, cleaning: { pairs: 2_000, left } }, {})[1]).toBe(
      'cleaning left out 6 of 2000 pairs: oneSided 1, duplicate 5 (dataset.cleaning)',
    );
    expect(datasetTexts({ ...report, cleaning: { pairs: 2_000, left: {} } }, {})).toHaveLength(1);
  });

  it('says how many characters the tokenizers were to have, where the report knows it', () => {
    const characterCoverage = { source: 0.9995, target: 1 };
    expect(datasetTexts({ ...report, characterCoverage }, {})[0]).toMatch(
      /BLEU tokenization: 13a, character coverage: 0\.9995 and 1$/,
    );
  });

  it('says that a sample would need more pairs than there are', () => {
    expect(second(5_000)).toBe(
      'evaluation.sentences is 5000, but all 4000 test pairs are translated after each epoch: there are no more',
    );
  });

  it.each([
    [{ pairs: 0, sources: 0, targets: 0 }, undefined],
    [
      { pairs: 3, sources: 3, targets: 3 },
      'test pairs that are in training too: 3 of 4000; test scores are better than on new text',
    ],
    [
      { pairs: 3, sources: 4, targets: 3 },
      'test pairs that are in training too: 3 of 4000; test pairs whose source is in training too: 4 of 4000; test scores are better than on new text',
    ],
    [
      { pairs: 0, sources: 0, targets: 4 },
      'test pairs whose target is in training too: 4 of 4000; test scores may be better than on new text',
    ],
    [
      { pairs: 0, sources: 1, targets: 0 },
      'test pairs whose source is in training too: 1 of 4000; test scores may be better than on new text',
    ],
  ])('names of %j what training shares with the test, and nothing else', (overlap, text) => {
    expect(datasetTexts({ ...report, overlap }, {})[1]).toBe(text);
  });
});

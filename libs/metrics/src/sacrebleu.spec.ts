/** Holds BLEU and chrF equal to sacreBLEU on a real corpus and on odd sentences. */
import { describe, expect, it } from 'vitest';
import { corpusSize, perturbedCorpus } from '../test/perturbed-corpus.ts';
import { type BleuOptions, type BleuScore, bleu } from './bleu.ts';
import { type ChrfOptions, chrf2 } from './chrf.ts';
import golden from './fixtures/golden.json' with { type: 'json' };
import oddCases from './fixtures/odd-cases.json' with { type: 'json' };

const bleuOptions: Readonly<Record<string, BleuOptions>> = {
  '13a': {},
  intl: { tokenization: 'intl' },
  none: { tokenization: 'none' },
  char: { tokenization: 'char' },
  zh: { tokenization: 'zh' },
  floor: { smoothing: 'floor' },
  'floor-0.5': { smoothing: 'floor', smoothingValue: 0.5 },
  'add-k': { smoothing: 'add-k' },
  'add-k-0.25': { smoothing: 'add-k', smoothingValue: 0.25 },
  unsmoothed: { smoothing: 'none' },
  effective: { effectiveOrder: true },
  'effective-unsmoothed': { effectiveOrder: true, smoothing: 'none' },
  'effective-char': { effectiveOrder: true, tokenization: 'char' },
};
const chrfOptions: Readonly<Record<string, ChrfOptions>> = {
  chrF2: {},
  'chrF2+': { wordOrder: 1 },
  'chrF2++': { wordOrder: 2 },
};

interface Golden {
  readonly bleu: Readonly<Record<string, unknown>>;
  readonly chrf: Readonly<Record<string, unknown>>;
}

const close = (value: number) => expect.closeTo(value, 9);

function expectGolden(hypotheses: readonly string[], references: readonly string[], expected: Golden): void {
  expect(Object.keys(expected.bleu)).toEqual(Object.keys(bleuOptions));
  for (const [name, options] of Object.entries(bleuOptions)) {
    const ours: BleuScore = bleu(hypotheses, references, options);
    expect(expected.bleu[name], name).toEqual({
      ...ours,
      score: close(ours.score),
      precisions: ours.precisions.map(close),
      brevityPenalty: close(ours.brevityPenalty),
    });
  }
  expect(Object.keys(expected.chrf)).toEqual(Object.keys(chrfOptions));
  for (const [name, options] of Object.entries(chrfOptions)) {
    const ours = chrf2(hypotheses, references, options);
    expect(expected.chrf[name], name).toEqual({ ...ours, score: close(ours.score) });
  }
}

describe('BLEU and chrF', () => {
  const corpora = perturbedCorpus();

  it('are measured on at least 500 real pairs', () => {
    expect(corpusSize).toBeGreaterThanOrEqual(500);
    expect(new Set(corpora.english.references).size).toBeGreaterThanOrEqual(500);
    expect(corpora.english.mild).toHaveLength(corpusSize);
  });

  for (const language of ['english', 'japanese'] as const) {
    for (const system of ['mild', 'harsh', 'other'] as const) {
      it(`equal sacreBLEU to nine decimals on the ${language} side with ${system} changes`, () => {
        const { references, [system]: hypotheses } = corpora[language];
        expectGolden(hypotheses, references, golden.corpora[language][system]);
      });
    }
  }

  const goldenOfOddCases = new Map<string, Golden>(Object.entries(golden.oddCases));
  for (const [name, { hypotheses, references }] of Object.entries(oddCases)) {
    it(`equal sacreBLEU to nine decimals with ${name}`, () => {
      expectGolden(hypotheses, references, goldenOfOddCases.get(name) ?? { bleu: {}, chrf: {} });
    });
  }
});

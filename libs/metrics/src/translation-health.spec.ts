import { InvalidInput } from '@honyaku/contracts';
import { describe, expect, it } from 'vitest';
import { perturbedCorpus } from '../test/perturbed-corpus.ts';
import { translationHealth } from './translation-health.ts';

const unknownId = 1;
/** Sentences of real text as ids, a word each; 0 to 2 are kept for special tokens. */
function idsOf(texts: readonly string[], split: (text: string) => string[]): number[][] {
  const ids = new Map<string, number>();
  return texts.map((text) =>
    split(text).map((word) => {
      const id = ids.get(word) ?? ids.size + 3;
      ids.set(word, id);
      return id;
    }),
  );
}
const wordsOf = (text: string) => text.match(/\w+|[^\w\s]/gu) ?? [];

describe('translationHealth', () => {
  const { english, japanese } = perturbedCorpus();
  const references = idsOf(english.references, wordsOf);
  const healthOf = (hypotheses: readonly number[][], against: readonly number[][] = references) =>
    translationHealth(hypotheses, against, { unknownId });

  it('measures the shares and the length ratio', () => {
    const hypotheses = [[5, 5, 5, 6], [1, 6, 7, 8, 1, 9], []];
    expect(healthOf(hypotheses, [[5, 6], [7, 8], [9]])).toEqual({
      unknownShare: 0.2,
      repeatedShare: 0.2,
      dominantTokenShare: 0.3,
      identicalShare: 1 / 3,
      lengthRatio: 2,
      collapsed: false,
      signs: [],
    });
  });

  it('finds real text healthy in both languages, whole and in samples of fifty', () => {
    for (const sentences of [references, idsOf(japanese.references, (text) => Array.from(text))]) {
      expect(healthOf(sentences, sentences.toReversed()).signs).toEqual([]);
      for (let start = 0; start < sentences.length; start += 50) {
        const sample = sentences.slice(start, start + 50);
        expect(healthOf(sample, sample.toReversed()).signs).toEqual([]);
      }
    }
  });

  it('finds translations with words dropped and swapped healthy', () => {
    expect(healthOf(idsOf(english.harsh, wordsOf)).collapsed).toBe(false);
  });

  it('raises the alarm when one word is repeated', () => {
    const health = healthOf(references.map(() => Array.from({ length: 20 }, () => 5)));
    expect(health.signs).toEqual(['repeated', 'dominant', 'identical']);
    expect(health.repeatedShare).toBeCloseTo(0.95, 9);
  });

  it('raises the alarm when each sentence repeats a word of its own', () => {
    const health = healthOf(references.map((_, index) => Array.from({ length: 9 }, () => index)));
    expect(health.signs).toEqual(['repeated']);
  });

  it('raises the alarm when the output loops over two or three words', () => {
    for (const loop of [2, 3]) {
      const health = healthOf(
        references.map((_, index) => Array.from({ length: 12 + index }, (_, place) => 5 + (place % loop))),
      );
      expect(health).toMatchObject({ repeatedShare: 0, collapsed: true, signs: ['dominant'] });
    }
  });

  it('raises the alarm when every source gets the same good sentence, or none', () => {
    expect(healthOf(references.map(() => [5, 6, 7, 8, 9, 10, 11])).signs).toEqual(['identical']);
    expect(healthOf(references.map(() => []))).toMatchObject({ signs: ['identical'], lengthRatio: 0 });
  });

  it('raises the alarm when half of the outputs are the same', () => {
    const half = references.map((sentence, index) => (index % 2 === 0 ? [5, 6, 7, 8] : sentence));
    expect(healthOf(half).signs).toEqual(['identical']);
  });

  it('stays silent when the references are alike in the same way', () => {
    const alike = Array.from({ length: 20 }, () => [5, 5, 5]);
    expect(healthOf(alike, alike)).toMatchObject({ identicalShare: 1, collapsed: false });
  });

  it('stays silent when there is too little to judge by', () => {
    expect(healthOf([[5, 5], [5]], [[6, 7], [8]]).collapsed).toBe(false);
  });

  it('counts unknown tokens without calling a few of them a collapse', () => {
    const some = references.map((sentence) => sentence.map((id, place) => (place === 1 ? unknownId : id)));
    const { unknownShare, collapsed } = healthOf(some);
    expect(unknownShare).toBeGreaterThan(0.05);
    expect(collapsed).toBe(false);
  });

  it('refuses lists that do not pair up or an unknown id that is no id', () => {
    expect(() => healthOf([[1]], [])).toThrow(InvalidInput);
    expect(() => translationHealth([[1]], [[1]], { unknownId: NaN })).toThrow(InvalidInput);
  });
});

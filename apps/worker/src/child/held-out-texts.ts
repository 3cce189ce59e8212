/** The sentences of a held-out split, for translation and scoring. */
import { Corrupt } from '@honyaku/contracts';
import type { SentencePair, Split } from '@honyaku/data';

/** Enough for a BLEU interval of about one point, in a small share of an epoch's time. */
const usualSentences = 2000;

/** Indices of the first 2,000 pairs of a split, which are translated unless the sweep says otherwise. */
export function firstPairs({ length }: Pick<Split, 'length'>): number[] {
  return Array.from({ length: Math.min(length, usualSentences) }, (_, index) => index);
}

/**
 * Indices of a sample: evenly spread, so that it is the same in every epoch and trial; all if the split has no more
 * pairs.
 */
export function sampledPairs({ length }: Pick<Split, 'length'>, sentences: number): number[] {
  const count = Math.min(length, sentences);
  return Array.from({ length: count }, (_, index) => Math.floor((index * length) / count));
}

/** Enough for a BLEU interval of about half a point, in minutes on a CPU, however large the corpus is. */
const mostScored = 10_000;

/**
 * Indices of the pairs of a test set that the score at a sweep's end translates: all, where somebody asked for it by a
 * sample in each epoch; else, where it has a test set beside its dev set and so always a score, a sample of at most
 * 10,000.
 */
export function scoredPairs(split: Pick<Split, 'length'>, hasDevSet: boolean): number[] {
  return sampledPairs(split, hasDevSet ? mostScored : split.length);
}

/** @throws Corrupt when the split has no texts */
export function textOf(split: Split, index: number): SentencePair {
  const text = split.text(index);
  if (!text) throw new Corrupt('the held-out shards contain no sentences');
  return text;
}

/** The sentences of a held-out split, for translation and scoring. */
import { Corrupt } from '@honyaku/contracts';
import type { SentencePair, Split } from '@honyaku/data';

/** Enough for an interval of about one point of BLEU, at a small share of an epoch's time. */
const mostSentences = 2000;

/** The first pairs of the split, up to 2,000: those that are translated. @throws Corrupt when it has no texts */
export function translatedTexts(split: Split): SentencePair[] {
  return Array.from({ length: Math.min(split.length, mostSentences) }, (_, index) => textOf(split, index));
}

/** @throws Corrupt when the split has no texts */
export function textOf(split: Split, index: number): SentencePair {
  const text = split.text(index);
  if (!text) throw new Corrupt('the test shards hold no sentences');
  return text;
}

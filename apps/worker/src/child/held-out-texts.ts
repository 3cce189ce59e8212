/** The sentences of a held-out split, for translation and scoring. */
import { Corrupt } from '@honyaku/contracts';
import type { SentencePair, Split } from '@honyaku/data';

/** Enough for a BLEU interval of about one point, in a small share of an epoch's time. */
const maxSentences = 2000;

/** The pairs of the split that are translated: the first 2,000. @throws Corrupt when it has no texts */
export function translatedTexts(split: Split): SentencePair[] {
  return Array.from({ length: Math.min(split.length, maxSentences) }, (_, index) => textOf(split, index));
}

/** @throws Corrupt when the split has no texts */
export function textOf(split: Split, index: number): SentencePair {
  const text = split.text(index);
  if (!text) throw new Corrupt('the test shards contain no sentences');
  return text;
}

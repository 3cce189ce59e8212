import { describe, expect, it } from 'vitest';
import { exampleLines } from '../../test/examples.ts';
import { generatorFor } from './random.ts';
import { TrigramIndex } from './trigram-index.ts';

function indexOf(sentences: readonly string[]) {
  const index = new TrigramIndex();
  for (const sentence of sentences) index.add(sentence);
  return index.search();
}

function trigrams(sentence: string): Set<string> {
  const text = `^${sentence}$`;
  return new Set(Array.from({ length: text.length - 2 }, (_, at) => text.slice(at, at + 3)));
}

/** The definition, without an index. */
function nearestByDefinition(sentences: readonly string[], wanted: string): number {
  const own = trigrams(wanted);
  const similarities = sentences.map((sentence) => {
    const others = trigrams(sentence);
    const shared = [...own].filter((trigram) => others.has(trigram)).length;
    return shared / (own.size + others.size - shared);
  });
  return similarities.indexOf(Math.max(...similarities));
}

describe('the most similar sentence', () => {
  it('is the one with the highest Jaccard index of trigrams, and the first of those in a tie', () => {
    const generator = generatorFor('trigrams');
    const letter = () => 'abcでした'[(generator.next() >>> 0) % 6] ?? '';
    const word = () => Array.from({ length: 1 + ((generator.next() >>> 0) % 9) }, letter).join('');
    const known = Array.from({ length: 400 }, word);
    const search = indexOf(known);
    for (const wanted of Array.from({ length: 400 }, word))
      expect([wanted, search.nearest(wanted)]).toEqual([wanted, nearestByDefinition(known, wanted)]);
  });

  it('is found among sentences of a corpus as by definition', () => {
    const sources = exampleLines(480).map((line) => line.split('\t')[0] ?? '');
    const known = sources.filter((_, at) => at % 5 !== 0);
    const search = indexOf(known);
    for (const wanted of sources)
      expect(known[search.nearest(wanted) ?? -1]).toBe(known[nearestByDefinition(known, wanted)]);
  });

  it('is the first one where none has a trigram in common, and none where there are no sentences', () => {
    expect(indexOf(['猫', '犬']).nearest('cat')).toBe(0);
    expect(indexOf([]).nearest('cat')).toBeUndefined();
  });

  it('tells sentences apart that differ in a character beyond the basic plane', () => {
    expect(indexOf(['𠮟る', '𠮷る']).nearest('𠮷る')).toBe(1);
  });
});

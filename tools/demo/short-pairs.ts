/** The demo's corpus: short Tatoeba pairs of common words, of which a small network learns something in minutes. */
import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { type TextSource, readLines } from '@honyaku/data';

/** Words of an English sentence. */
const fewestWords = 2;
const mostWords = 6;
/** Every word is among so many of the most frequent ones of the whole text. */
const commonWords = 500;

interface Pair {
  readonly source: string;
  readonly target: string;
  readonly words: readonly string[];
}

/**
 * Writes the short pairs of a file of `source TAB target` in its order, without digits, each pair once.
 * @returns pairs
 */
export async function writeShortPairs(text: TextSource, outputPath: string): Promise<number> {
  const pairs = await pairsOf(text);
  const common = mostFrequent(pairs.flatMap(({ words }) => words));
  const seen = new Set<string>();
  const chosen = pairs.filter(({ source, target, words }) => {
    if (words.length < fewestWords || words.length > mostWords) return false;
    if (/\p{Number}/u.test(source + target) || !words.every((word) => common.has(word))) return false;
    const pair = `${source}\t${target}`;
    if (seen.has(pair)) return false;
    seen.add(pair);
    return true;
  });
  await pipeline(
    chosen.map(({ source, target }) => `${source}\t${target}\n`),
    createWriteStream(outputPath),
  );
  return chosen.length;
}

async function pairsOf(text: TextSource): Promise<Pair[]> {
  const pairs: Pair[] = [];
  for await (const line of readLines(text)) {
    const [source = '', target = ''] = line.text.split('\t');
    pairs.push({ source, target, words: target.toLowerCase().match(/[a-z']+/g) ?? [] });
  }
  return pairs;
}

function mostFrequent(words: readonly string[]): ReadonlySet<string> {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  const byCount = [...counts].sort(([, a], [, b]) => b - a);
  return new Set(byCount.slice(0, commonWords).map(([word]) => word));
}

/**
 * Translation without a network: of each sentence the target of the most similar training source. What it scores is a
 * floor for networks.
 */
import { readFile } from 'node:fs/promises';
import { Corrupt, messageOf } from '@honyaku/contracts';
import { tableFromIPC } from 'apache-arrow';
import { CorpusIndex } from './corpus-index.ts';
import { TrigramIndex } from './trigram-index.ts';

/** Training pairs that are looked up in: more would take memory and minutes, and change BLEU by little. */
const maxPairs = 500_000;

/** Reading holds the thread; between blocks of this many pairs other work gets its turn. */
const pairsPerTurn = 1_000;
/** A look-up takes some milliseconds in a large corpus. */
const sentencesPerTurn = 10;

export interface LookUp {
  /** The pairs file of the dataset. */
  readonly corpusFile: string;
  /** Whether its texts are taken without control characters, as those of the dataset are. */
  readonly withoutControl?: boolean;
  /** Paths of the train shards, in their order. */
  readonly trainShards: readonly string[];
  readonly sources: readonly string[];
  /** Called with the share that is done, 0 to 1, so that other work gets its turn; may throw to stop. */
  readonly turn: (share: number) => Promise<void>;
}

/**
 * The translation of each source: the target of the first 500,000 training pairs whose source has the highest Jaccard
 * index of character trigrams with it (of `^sentence$`), the first of those in a tie. Of a corpus of long sentences, as
 * many pairs as have 33 million trigrams; with them it needs some 500 MB.
 * @throws Corrupt when a shard is none
 */
export async function lookUp({
  corpusFile,
  withoutControl = false,
  trainShards,
  sources,
  turn,
}: LookUp): Promise<string[]> {
  const corpus = await CorpusIndex.open(corpusFile, { withoutControl });
  try {
    const index = new TrigramIndex();
    const lines = await linesOf(trainShards, maxPairs);
    for (const line of lines) {
      const { source } = corpus.pair(line);
      if (!index.hasRoomFor(source.length)) break;
      index.add(source);
      if (index.length % pairsPerTurn === 0) await turn((0.3 * index.length) / lines.length);
    }
    const search = index.search();
    const translations: string[] = [];
    for (const source of sources) {
      const nearest = search.nearest(source);
      const line = nearest === undefined ? undefined : lines[nearest];
      translations.push(line === undefined ? '' : corpus.pair(line).target);
      const done = translations.length;
      if (done % sentencesPerTurn === 0) await turn(0.3 + (0.7 * done) / sources.length);
    }
    return translations;
  } finally {
    corpus.close();
  }
}

/** The lines in the corpus of the first pairs of a split. */
async function linesOf(shardPaths: readonly string[], atMost: number): Promise<number[]> {
  const lines: number[] = [];
  for (const path of shardPaths) {
    for (const line of await pairColumn(path)) {
      if (lines.length >= atMost) return lines;
      lines.push(Number(line));
    }
  }
  return lines;
}

async function pairColumn(path: string): Promise<Iterable<unknown>> {
  try {
    const column = tableFromIPC(await readFile(path)).getChild('pair');
    if (!column) throw new Error('it has no column pair');
    return column;
  } catch (cause) {
    throw new Corrupt(`${path}: is not a token shard (${messageOf(cause)})`, { cause });
  }
}

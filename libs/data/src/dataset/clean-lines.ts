/** The lines of a corpus that cleaning leaves, and what it left out. */
import {
  type CleaningReport,
  type CleaningSettings,
  type DatasetSettings,
  InvalidInput,
  unknownLanguage,
} from '@honyaku/contracts';
import { PairCleaner } from '../cleaning/clean-pairs.ts';
import { type CorpusLanguages } from '../cleaning/pair-rules.ts';
import { type SentencePair } from '../corpus/sentence-pairs.ts';
import { type CorpusIndex } from './corpus-index.ts';
import { publishedSetOf } from './published-sets.ts';

export interface CleanedLines {
  /** Counted from 0. */
  readonly lines: Uint32Array;
  readonly report: CleaningReport;
}

type Settings = Pick<DatasetSettings, 'published'> & { readonly cleaning: CleaningSettings };

const unknown: CorpusLanguages = { source: unknownLanguage, target: unknownLanguage };

/** Reading holds the thread; between blocks of this many pairs other work gets its turn. */
const pairsPerTurn = 1_000;

/**
 * Pairs of published sets that are held out stay as they are published.
 * @param turn called with the share that is done, 0 to 1, so that other work gets its turn; may throw to stop
 * @throws InvalidInput when no pair is left, or a line is no pair
 */
export async function cleanLines(
  corpus: CorpusIndex,
  { cleaning, published }: Settings,
  languages: CorpusLanguages = unknown,
  turn: (share: number) => Promise<void>,
): Promise<CleanedLines> {
  const isPublished = (pair: SentencePair) => publishedSetOf(pair) !== undefined;
  const cleaner = await PairCleaner.open(cleaning, languages, {
    ...(published === 'held-out' ? { isExempt: isPublished } : {}),
    expectedPairs: corpus.length,
  });
  const lines = new Uint32Array(corpus.length);
  let kept = 0;
  for (let line = 0; line < corpus.length; line += 1) {
    if (cleaner.look(corpus.storedPair(line), { line: line + 1 }) === undefined) lines[kept++] = line;
    if ((line + 1) % pairsPerTurn === 0) await turn((line + 1) / corpus.length);
  }
  const { report } = cleaner;
  if (kept === 0) throw nothingLeft(report);
  return { lines: lines.subarray(0, kept), report };
}

function nothingLeft({ pairs, left }: CleaningReport): InvalidInput {
  const reasons = Object.entries(left).map(([reason, finding]) => `${reason} ${finding.pairs}`);
  return new InvalidInput(
    `dataset.cleaning: leaves none of ${pairs} pairs (${reasons.join(', ')}); ` +
      '`honyaku corpus check` shows them, and dataset.cleaning has a setting for each reason',
  );
}

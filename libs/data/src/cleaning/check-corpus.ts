/** All that is wrong with a corpus in its files, at once: what a submission would refuse, and what cleaning leaves out. */
import { type CleaningReport, type CleaningSettings, InvalidInput } from '@honyaku/contracts';
import { type CorpusFiles, type CorpusPlaces } from '../corpus/corpus-format.ts';
import { openCorpus } from '../corpus/open-corpus.ts';
import { problemError, type ProblemKind, type ReadingProblem } from '../corpus/reading-problems.ts';
import { PairCleaner } from './clean-pairs.ts';
import { type CorpusLanguages } from './pair-rules.ts';

/** What a submission would refuse, by its kind; `stopped` is what kept the rest from being read. */
export interface Refusal {
  readonly kind: ProblemKind | 'stopped';
  readonly count: number;
  /** The first three, as a submission would put them. */
  readonly examples: readonly string[];
}

export interface CorpusCheck {
  readonly name: string;
  readonly languages: CorpusLanguages;
  /** Pairs that could be read. */
  readonly pairs: number;
  readonly refused: readonly Refusal[];
  readonly cleaning: CleaningReport;
}

const examplesKept = 3;

/**
 * Reads the whole corpus, past what is wrong with single lines.
 * @param turn called now and then with the pairs that were read; may throw to stop
 */
export async function checkCorpus(
  source: CorpusFiles,
  places: Omit<CorpusPlaces, 'onProblem'>,
  cleaning: CleaningSettings,
  turn: (pairs: number) => Promise<void>,
): Promise<CorpusCheck> {
  const refused = new Map<Refusal['kind'], { count: number; examples: string[] }>();
  const refuse = (kind: Refusal['kind'], message: string): void => {
    const known = refused.get(kind) ?? { count: 0, examples: [] };
    known.count += 1;
    if (known.examples.length < examplesKept) known.examples.push(message);
    refused.set(kind, known);
  };
  const onProblem = (problem: ReadingProblem) => refuse(problem.kind, problemError(problem).message);
  const corpus = openCorpus(source, { ...places, onProblem });
  const languages = { source: corpus.sourceLanguage, target: corpus.targetLanguage };
  const cleaner = await PairCleaner.open(cleaning, languages);
  let pairs = 0;
  try {
    for await (const pair of corpus.pairs) {
      const { name, line } = pair.placeOf('source');
      cleaner.look(pair, { file: name, line });
      pairs += 1;
      if (pairs % pairsPerTurn === 0) await turn(pairs);
    }
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    refuse('stopped', error.message);
  }
  if (pairs === 0 && refused.size === 0) refuse('stopped', `${corpus.where}: holds no sentence pairs`);
  return {
    name: corpus.name,
    languages,
    pairs,
    refused: [...refused].map(([kind, found]) => ({ kind, ...found })),
    cleaning: cleaner.report,
  };
}

/** Reading holds the thread; between blocks of this many pairs other work gets its turn. */
const pairsPerTurn = 1_000;

/**
 * Counts of each sentence pair, kept so that a corpus score is one sum: BLEU and chrF are not means of
 * sentence scores, and a bootstrap would otherwise count n-grams a thousand times over.
 */
import { InvalidInput } from '@honyaku/contracts';

/** A metric whose corpus score is a function of the sum of its sentences' counts. */
export interface CorpusMetric {
  /** As sacreBLEU prints it; two scores are comparable only if their signatures are equal. */
  readonly signature: string;
  /** How many counts a sentence has. */
  readonly width: number;
  count(hypothesis: string, reference: string): readonly number[];
  /** The score, 0 to 100, of a sum of counts. */
  score(sums: ArrayLike<number>): number;
}

/** The counts of a corpus, sentence after sentence. */
export interface CorpusStatistics {
  readonly metric: CorpusMetric;
  readonly sentences: number;
  /** `sentences` × `metric.width` numbers, row-major. */
  readonly counts: Float64Array;
}

/**
 * Counts every sentence once. Hypothesis and reference belong together by index.
 * @throws InvalidInput when the lists are empty or differ in length.
 */
export function corpusStatistics(
  metric: CorpusMetric,
  hypotheses: readonly string[],
  references: readonly string[],
): CorpusStatistics {
  checkParallel(hypotheses, references);
  const counts = new Float64Array(hypotheses.length * metric.width);
  hypotheses.forEach((hypothesis, index) => {
    counts.set(metric.count(hypothesis, references[index] ?? ''), index * metric.width);
  });
  return { metric, sentences: hypotheses.length, counts };
}

/** The sums over the whole corpus. */
export function sumOf({ metric: { width }, sentences, counts }: CorpusStatistics): Float64Array {
  const sums = new Float64Array(width);
  for (let sentence = 0; sentence < sentences; sentence += 1) {
    for (let column = 0; column < width; column += 1) {
      sums[column] = (sums[column] ?? 0) + (counts[sentence * width + column] ?? 0);
    }
  }
  return sums;
}

/** @throws InvalidInput when the lists are empty or differ in length. */
export function checkParallel(hypotheses: readonly unknown[], references: readonly unknown[]): void {
  if (hypotheses.length !== references.length) {
    throw new InvalidInput(
      `hypotheses and references must pair up: there are ${hypotheses.length} and ${references.length}`,
    );
  }
  if (hypotheses.length === 0) throw new InvalidInput('there must be at least one hypothesis to evaluate');
}

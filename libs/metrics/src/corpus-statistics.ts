/**
 * Counts of each sentence pair, kept so that a corpus score is one sum: BLEU and chrF are not means of
 * sentence scores, and a bootstrap would otherwise count n-grams a thousand times over. With what both are made of:
 * counts of n-grams, and the signature that says how they were counted.
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

export type NgramCounts = ReadonlyMap<string, number>;

/**
 * How often each run of `order` units occurs. `separator` must not occur inside a unit, or two different
 * n-grams would share a key; it may be empty when every unit is one character.
 */
export function countNgrams(units: readonly string[], order: number, separator: string): NgramCounts {
  const counts = new Map<string, number>();
  for (let start = 0; start + order <= units.length; start += 1) {
    const ngram = units.slice(start, start + order).join(separator);
    counts.set(ngram, (counts.get(ngram) ?? 0) + 1);
  }
  return counts;
}

/** How many n-grams `length` units have. */
export function ngramTotal(length: number, order: number): number {
  return Math.max(0, length - order + 1);
}

/** How many n-grams of `hypothesis` are in `reference`, each counted at most as often as there ("clipped"). */
export function matchedNgrams(hypothesis: NgramCounts, reference: NgramCounts): number {
  let matched = 0;
  for (const [ngram, count] of hypothesis) matched += Math.min(count, reference.get(ngram) ?? 0);
  return matched;
}

/** The release of sacreBLEU whose scores the tests hold ours equal to. */
const version = '2.5.1';

/** Names everything that a score depends on, as sacreBLEU prints it for one reference a sentence, case kept. */
export function sacrebleuSignature(fields: Readonly<Record<string, string | number>>): string {
  const own = Object.entries(fields).map(([name, value]) => `${name}:${value}`);
  return ['nrefs:1', 'case:mixed', ...own, `version:${version}`].join('|');
}

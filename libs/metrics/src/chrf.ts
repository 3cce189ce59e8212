/**
 * chrF (Popović 2015) and chrF++ (Popović 2017), equal to those of sacreBLEU: a score of characters, which
 * gives credit for a word almost right and needs no tokenizer, so that it suits Japanese.
 */
import {
  type CorpusMetric,
  corpusStatistics,
  sumOf,
  countNgrams,
  matchedNgrams,
  ngramTotal,
  sacrebleuSignature,
} from './corpus-statistics.ts';
import { splitOnWhitespace } from './tokenization.ts';

export interface ChrfOptions {
  /** The longest word n-gram: 0 (default) is chrF2, 2 is chrF2++. */
  readonly wordOrder?: 0 | 1 | 2;
}

export interface ChrfScore {
  /** 0 to 100. */
  readonly score: number;
  /** As sacreBLEU prints it. */
  readonly signature: string;
}

const characterOrder = 6;
/** Recall weighs beta times as much as precision. */
const beta = 2;

/**
 * Corpus chrF2 of `hypotheses` against one reference each, paired by index: characters 1- to 6-grams without
 * white space, beta 2, no epsilon smoothing (orders that one side lacks are left out).
 * @throws InvalidInput when the lists are empty or differ in length.
 */
export function chrf2(
  hypotheses: readonly string[],
  references: readonly string[],
  options: ChrfOptions = {},
): ChrfScore {
  const metric = chrfMetric(options);
  const sums = sumOf(corpusStatistics(metric, hypotheses, references));
  return { score: metric.score(sums), signature: metric.signature };
}

/**
 * chrF for `corpusStatistics` and the bootstraps. A sentence counts, for each order, as n-grams of the
 * hypothesis, n-grams of the reference and matches.
 */
export function chrfMetric({ wordOrder = 0 }: ChrfOptions = {}): CorpusMetric {
  return {
    signature: sacrebleuSignature({ eff: 'yes', nc: characterOrder, nw: wordOrder, space: 'no' }),
    width: 3 * (characterOrder + wordOrder),
    count: (hypothesis, reference) => [
      ...countOrders(charactersOf(hypothesis), charactersOf(reference), characterOrder, ''),
      ...countOrders(wordsOf(hypothesis), wordsOf(reference), wordOrder, ' '),
    ],
    score: scoreOf,
  };
}

function countOrders(
  ours: readonly string[],
  theirs: readonly string[],
  highest: number,
  separator: string,
): number[] {
  return Array.from({ length: highest }, (_, index) => index + 1).flatMap((order) => {
    const inReference = ngramTotal(theirs.length, order);
    return [
      // As in sacreBLEU: where the reference has no n-gram of this order, those of the hypothesis don't count.
      inReference > 0 ? ngramTotal(ours.length, order) : 0,
      inReference,
      matchedNgrams(countNgrams(ours, order, separator), countNgrams(theirs, order, separator)),
    ];
  });
}

function charactersOf(sentence: string): string[] {
  return splitOnWhitespace(sentence).flatMap((word) => Array.from(word));
}

const asciiPunctuation = new Set('!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~');

/** Words with one mark of punctuation split off at the end or else at the start, as in Popović's chrF++.py. */
function wordsOf(sentence: string): string[] {
  return splitOnWhitespace(sentence).flatMap((word) => {
    const characters = Array.from(word);
    if (characters.length === 1) return [word];
    if (asciiPunctuation.has(word.slice(-1))) return [word.slice(0, -1), word.slice(-1)];
    if (asciiPunctuation.has(word.slice(0, 1))) return [word.slice(0, 1), word.slice(1)];
    return [word];
  });
}

function scoreOf(sums: ArrayLike<number>): number {
  let precision = 0;
  let recall = 0;
  let usedOrders = 0;
  for (let index = 0; index < sums.length; index += 3) {
    const inHypothesis = sums[index] ?? 0;
    const inReference = sums[index + 1] ?? 0;
    const matches = sums[index + 2] ?? 0;
    if (inHypothesis > 0 && inReference > 0) {
      precision += matches / inHypothesis;
      recall += matches / inReference;
      usedOrders += 1;
    }
  }
  if (precision + recall === 0) return 0;
  precision /= usedOrders;
  recall /= usedOrders;
  return (100 * (1 + beta ** 2) * precision * recall) / (beta ** 2 * precision + recall);
}

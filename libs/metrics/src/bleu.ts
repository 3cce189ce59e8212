/**
 * Corpus BLEU (Papineni et al. 2002), equal to that of sacreBLEU (Post 2018): the number papers report, so it
 * must not depend on who computes it.
 */
import { InvalidInput } from '@honyaku/contracts';
import {
  type CorpusMetric,
  corpusStatistics,
  sumOf,
  countNgrams,
  matchedNgrams,
  ngramTotal,
  sacrebleuSignature,
} from './corpus-statistics.ts';
import { type BleuTokenization, tokenize } from './tokenization.ts';

/**
 * What a precision of zero becomes (Chen and Cherry 2014): `exp` halves 1/total for each such order, `floor`
 * puts `smoothingValue` matches, `add-k` adds `smoothingValue` to matches and totals of orders 2 to 4, `none`
 * leaves it, which makes the score 0.
 */
export type BleuSmoothing = 'exp' | 'floor' | 'add-k' | 'none';

export interface BleuOptions {
  /** Default `13a`. */
  readonly tokenization?: BleuTokenization;
  /** Default `exp`. */
  readonly smoothing?: BleuSmoothing;
  /** For `floor` (default 0.1) and `add-k` (default 1); greater than 0. */
  readonly smoothingValue?: number;
  /** Leaves out orders for which the hypotheses are too short; for single sentences. Default false. */
  readonly effectiveOrder?: boolean;
}

export interface BleuScore {
  /** 0 to 100. */
  readonly score: number;
  /** Of 1- to 4-grams, 0 to 100, smoothed. */
  readonly precisions: readonly [number, number, number, number];
  /** 0 to 1; 1 when the hypotheses are as long as the references or longer. */
  readonly brevityPenalty: number;
  /** Tokens. */
  readonly hypothesisLength: number;
  /** Tokens. */
  readonly referenceLength: number;
  /** As sacreBLEU prints it. */
  readonly signature: string;
}

const orders = [1, 2, 3, 4] as const;
const defaultSmoothingValues = { floor: 0.1, 'add-k': 1 } as const;

/**
 * Corpus BLEU of `hypotheses` against one reference each, paired by index.
 * @throws InvalidInput when the lists are empty or differ in length, or the smoothing value is not positive.
 */
export function bleu(
  hypotheses: readonly string[],
  references: readonly string[],
  options: BleuOptions = {},
): BleuScore {
  const metric = bleuMetric(options);
  const sums = sumOf(corpusStatistics(metric, hypotheses, references));
  return { ...scoreOf(sums, options), signature: metric.signature };
}

/**
 * BLEU for `corpusStatistics` and the bootstraps. A sentence counts as hypothesis length, reference length,
 * matches of orders 1 to 4, totals of orders 1 to 4.
 * @throws InvalidInput when the smoothing value is not positive.
 */
export function bleuMetric(options: BleuOptions = {}): CorpusMetric {
  const { tokenization = '13a', effectiveOrder = false } = options;
  return {
    signature: sacrebleuSignature({
      eff: effectiveOrder ? 'yes' : 'no',
      tok: tokenization,
      smooth: smoothingName(options),
    }),
    width: 2 + 2 * orders.length,
    count(hypothesis, reference) {
      const ours = tokenize(hypothesis, tokenization);
      const theirs = tokenize(reference, tokenization);
      return [
        ours.length,
        theirs.length,
        ...orders.map((order) =>
          matchedNgrams(countNgrams(ours, order, ' '), countNgrams(theirs, order, ' ')),
        ),
        ...orders.map((order) => ngramTotal(ours.length, order)),
      ];
    },
    score: (sums) => scoreOf(sums, options).score,
  };
}

function smoothingName({ smoothing = 'exp', smoothingValue }: BleuOptions): string {
  if (smoothing === 'exp' || smoothing === 'none') return smoothing;
  const value = smoothingValue ?? defaultSmoothingValues[smoothing];
  if (!(value > 0 && Number.isFinite(value))) {
    throw new InvalidInput(`the smoothing value must be a number greater than 0, not ${value}`);
  }
  return `${smoothing}[${value.toFixed(2)}]`;
}

function scoreOf(sums: ArrayLike<number>, options: BleuOptions): Omit<BleuScore, 'signature'> {
  const { smoothing = 'exp', effectiveOrder = false } = options;
  const hypothesisLength = sums[0] ?? 0;
  const referenceLength = sums[1] ?? 0;
  const brevityPenalty =
    hypothesisLength >= referenceLength
      ? 1
      : hypothesisLength > 0
        ? Math.exp(1 - referenceLength / hypothesisLength)
        : 0;
  const precisions: [number, number, number, number] = [0, 0, 0, 0];
  const lengths = { brevityPenalty, hypothesisLength, referenceLength };
  // Without a single match no smoothing applies.
  if (orders.every((order) => (sums[1 + order] ?? 0) === 0)) return { score: 0, precisions, ...lengths };

  const addend = smoothing === 'add-k' ? (options.smoothingValue ?? defaultSmoothingValues['add-k']) : 0;
  const floor = options.smoothingValue ?? defaultSmoothingValues.floor;
  let usedOrders: number = orders.length;
  let halving = 1;
  for (const order of orders) {
    const added = order > 1 ? addend : 0;
    const matches = (sums[1 + order] ?? 0) + added;
    const total = (sums[1 + orders.length + order] ?? 0) + added;
    if (total === 0) break;
    if (effectiveOrder) usedOrders = order;
    if (matches > 0) precisions[order - 1] = (100 * matches) / total;
    else if (smoothing === 'exp') precisions[order - 1] = 100 / ((halving *= 2) * total);
    else if (smoothing === 'floor') precisions[order - 1] = (100 * floor) / total;
  }
  // An order whose precision is 0 makes the geometric mean 0: log 0 is -Infinity, and exp of it is 0.
  const logs = precisions.slice(0, usedOrders).map((precision) => Math.log(precision));
  const score = brevityPenalty * Math.exp(logs.reduce((sum, log) => sum + log, 0) / usedOrders);
  return { score, precisions, ...lengths };
}

/** How much slower training is while one thing is the case than while another is. */
import { mean, sampleStandardDeviation } from 'simple-statistics';
import { type Stretch } from './step-watch.ts';

/** In milliseconds since 1970. */
export interface Period {
  readonly from: number;
  readonly to: number;
}

/** Each with the other beside it, so that what drifts on a machine drifts for both. */
export interface Pair {
  readonly with: Period;
  readonly without: Period;
}

export interface Slowdown {
  /** 0.02 is two percent slower. */
  readonly share: number;
  /** Ends of its 95% interval. */
  readonly low: number;
  readonly high: number;
  /** Pairs that told. */
  readonly pairs: number;
}

/** What a target token costs. */
export type Cost = (stretch: Stretch) => number;

/** A period says little in which a worker trained for less than this share of it. */
const leastShare = 0.5;
/** Standard errors to either side. */
const width95 = 1.96;

/** The mean over the pairs in which all workers trained, of the worker that is slowed most. */
export function slowdown(stretches: readonly Stretch[], pairs: readonly Pair[], cost: Cost): Slowdown {
  const workers = [...new Set(stretches.map(({ worker }) => worker))];
  const told = pairs.filter((pair) =>
    workers.every((worker) =>
      [pair.with, pair.without].every((period) => trained(stretches, worker, period)),
    ),
  );
  const slowdowns = workers.map((worker) => {
    const costIn = (period: Period) => costOfToken(within(stretches, worker, period), cost);
    return interval(told.map((pair) => Math.log(costIn(pair.with) / costIn(pair.without))));
  });
  return slowdowns.reduce((worst, each) => (each.share > worst.share ? each : worst));
}

/** What a target token cost a worker in a period; NaN when it did not train. */
export function costOfToken(stretches: readonly Stretch[], cost: Cost): number {
  return sum(stretches, cost) / sum(stretches, ({ targetTokens }) => targetTokens);
}

/** Those of a worker that lie whole in a period. */
export function within(stretches: readonly Stretch[], worker: string, { from, to }: Period): Stretch[] {
  return stretches.filter((each) => each.worker === worker && each.from >= from && each.to <= to);
}

function trained(stretches: readonly Stretch[], worker: string, period: Period): boolean {
  const seconds = sum(within(stretches, worker, period), (stretch) => stretch.seconds);
  return seconds * 1000 >= leastShare * (period.to - period.from);
}

function interval(logRatios: readonly number[]): Slowdown {
  const pairs = logRatios.length;
  if (pairs < 2) return { share: NaN, low: NaN, high: NaN, pairs };
  const middle = mean([...logRatios]);
  const error = (width95 * sampleStandardDeviation([...logRatios])) / Math.sqrt(pairs);
  const share = (log: number) => Math.exp(log) - 1;
  return { share: share(middle), low: share(middle - error), high: share(middle + error), pairs };
}

function sum(stretches: readonly Stretch[], of: Cost): number {
  return stretches.reduce((total, stretch) => total + of(stretch), 0);
}

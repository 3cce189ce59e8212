/**
 * The tree-structured Parzen estimator (Bergstra et al. 2011) over all parameters at once, with Optuna's defaults:
 * 10 random trials first, then the best of 24 draws from the density of good trials, by its ratio to the density
 * of the others. Trials under way count among the others (constant liar), so that parallel ones keep apart.
 */
import { type ParameterRange } from '@honyaku/contracts';
import { type Generator, generatorFor } from '../generator-for.ts';
import { type Observation, type Suggestion, type Value } from '../search-plan.ts';
import { ParzenEstimator } from './parzen-estimator.ts';
import { suggestAtRandom } from './random.ts';
import { type Space, inOrder, isActive } from './space.ts';

/** Trials with a result before which settings are random. */
export const startupTrials = 10;
const candidates = 24;
const mostGood = 25;
const goodShare = 0.1;
/** Random draws of which none is accepted mean that none would be. */
const mostAttempts = 1_000;

interface TpePlan {
  readonly space: Space;
  readonly seed: number;
}

type Entry = readonly [name: string, range: Value | ParameterRange];
type Ranged = readonly [name: string, range: ParameterRange];

/**
 * Settings for trial `index` after what was observed: the same again for the same observations, in any process.
 * @param accepts whether settings are allowed as a whole; others are passed over
 */
export function suggestByTpe(
  { space, seed }: TpePlan,
  index: number,
  history: readonly Observation[],
  accepts: (suggestion: Suggestion) => boolean,
): Suggestion {
  const entries = inOrder(space);
  const known = history.flatMap((observation) => {
    const values = activeValues(entries, observation.values);
    return values ? [{ ...observation, values }] : [];
  });
  const finished = known.filter(({ value }) => value !== undefined);
  if (finished.length >= startupTrials) {
    const { good, others } = split(known, finished);
    const blocks = blocksOf(space).map((entries, number) => ({
      entries,
      ranked: once(() => ranked(entries, good, others, generatorFor(`tpe/${seed}/${index}/${number}`))),
    }));
    // The best candidate of each block; if they are not allowed together the second best of each, and so on.
    for (let rank = 0; rank < candidates; rank += 1) {
      const suggestion = combined(blocks, rank);
      if (accepts(suggestion)) return suggestion;
    }
  }
  for (let attempt = 0; attempt < mostAttempts; attempt += 1) {
    const drawn = suggestAtRandom({ space, seed }, index, attempt);
    if (accepts(drawn)) return drawn;
  }
  return suggestAtRandom({ space, seed }, index);
}

/**
 * The tenth of the finished trials with the lowest values, and all others with those under way, in time's order.
 * What is not finite is never among the good.
 */
function split(
  known: readonly Observation[],
  finished: readonly Observation[],
): { good: Suggestion[]; others: Suggestion[] } {
  const count = Math.min(mostGood, Math.ceil(goodShare * finished.length));
  const best = finished
    .flatMap(({ number, value }) =>
      value !== undefined && Number.isFinite(value) ? [{ number, value }] : [],
    )
    .sort((a, b) => a.value - b.value || a.number - b.number);
  const good = new Set(best.slice(0, count).map(({ number }) => number));
  const ordered = [...known].sort((a, b) => a.number - b.number);
  const settings = (which: boolean) =>
    ordered.filter(({ number }) => good.has(number) === which).map(({ values }) => values);
  return { good: settings(true), others: settings(false) };
}

/** Parameters with the same condition, which are drawn together; constants by themselves. */
function blocksOf(space: Space): Entry[][] {
  const blocks = new Map<string, Entry[]>();
  for (const entry of inOrder(space)) {
    const [, range] = entry;
    const condition = typeof range === 'object' ? JSON.stringify(range.when ?? {}) : '{}';
    blocks.set(condition, [...(blocks.get(condition) ?? []), entry]);
  }
  return [...blocks.values()];
}

interface Block {
  readonly entries: readonly Entry[];
  /** Candidates, the best first; asked for only where the block is drawn. */
  readonly ranked: () => readonly Suggestion[];
}

/** The candidates of that rank of all blocks whose condition holds for what the blocks before them draw. */
function combined(blocks: readonly Block[], rank: number): Suggestion {
  const drawn: Suggestion = {};
  for (const { entries, ranked: candidatesOf } of blocks) {
    const active = entries.filter(([, range]) => isActive(range, drawn));
    if (active.length === 0) continue;
    for (const [name, range] of active) if (typeof range !== 'object') drawn[name] = range;
    Object.assign(drawn, candidatesOf()[rank]);
  }
  return drawn;
}

function once<Result>(make: () => Result): () => Result {
  let made: { readonly result: Result } | undefined;
  return () => (made ??= { result: make() }).result;
}

/** Draws from the good trials' density, the one with the largest ratio to the others' density first. */
function ranked(
  entries: readonly Entry[],
  good: readonly Suggestion[],
  others: readonly Suggestion[],
  generator: Generator,
): Suggestion[] {
  const ranges = entries.filter((entry): entry is Ranged => typeof entry[1] === 'object');
  if (ranges.length === 0) return [];
  const hasAll = (values: Suggestion) => ranges.every(([name]) => values[name] !== undefined);
  const likely = new ParzenEstimator(ranges, good.filter(hasAll));
  const unlikely = new ParzenEstimator(ranges, others.filter(hasAll));
  return Array.from({ length: candidates }, () => likely.draw(generator))
    .map((values) => ({ values, ratio: likely.logDensity(values) - unlikely.logDensity(values) }))
    .sort((a, b) => b.ratio - a.ratio)
    .map(({ values }) => values);
}

/** Those of a trial's settings that the space has drawn; undefined where one lies outside its range. */
function activeValues(entries: readonly Entry[], values: Readonly<Suggestion>): Suggestion | undefined {
  const active: Suggestion = {};
  for (const [name, range] of entries) {
    const value = values[name];
    if (!isActive(range, active) || value === undefined) continue;
    if (typeof range === 'object' && !isWithin(range, value)) return undefined;
    active[name] = value;
  }
  return active;
}

function isWithin(range: ParameterRange, value: Value): boolean {
  if (range.type === 'choice') return range.values.includes(value);
  return typeof value === 'number' && value >= range.low && value <= range.high;
}

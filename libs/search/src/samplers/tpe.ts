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
    const generator = generatorFor(`tpe/${seed}/${index}`);
    const { good, others } = split(known, finished);
    const found = firstAccepted(blocksOf(space), {}, good, others, generator, accepts);
    if (found) return found;
  }
  for (let attempt = 0; attempt < mostAttempts; attempt += 1) {
    const drawn = suggestAtRandom({ space, seed }, index, attempt);
    if (accepts(drawn)) return drawn;
  }
  return suggestAtRandom({ space, seed }, index);
}

/** The tenth of the finished trials with the lowest values, and all others with those under way, in time's order. */
function split(
  known: readonly Observation[],
  finished: readonly Observation[],
): { good: Suggestion[]; others: Suggestion[] } {
  const comparable = ({ value }: Observation) =>
    value === undefined || Number.isNaN(value) ? Infinity : value;
  const count = Math.min(mostGood, Math.ceil(goodShare * finished.length));
  const ranked = finished
    .map((observation) => ({ number: observation.number, value: comparable(observation) }))
    .sort((a, b) => (a.value === b.value ? a.number - b.number : a.value - b.value));
  const good = new Set(ranked.slice(0, count).map(({ number }) => number));
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

/** Draws block after block; of the first the best candidate that can be completed to what is accepted. */
function firstAccepted(
  [block, ...rest]: readonly Entry[][],
  drawn: Suggestion,
  good: readonly Suggestion[],
  others: readonly Suggestion[],
  generator: Generator,
  accepts: (suggestion: Suggestion) => boolean,
): Suggestion | undefined {
  if (!block) return accepts(drawn) ? drawn : undefined;
  const active = block.filter(([, range]) => isActive(range, drawn));
  const constants = Object.fromEntries(
    active.flatMap(([name, range]) => (typeof range === 'object' ? [] : [[name, range]])),
  );
  const ranges = active.filter((entry): entry is Ranged => typeof entry[1] === 'object');
  for (const candidate of ranked(ranges, good, others, generator)) {
    const next = { ...drawn, ...constants, ...candidate };
    const found = firstAccepted(rest, next, good, others, generator, accepts);
    if (found) return found;
  }
  return undefined;
}

/** Draws from the good trials' density, the one with the largest ratio to the others' density first. */
function ranked(
  ranges: readonly Ranged[],
  good: readonly Suggestion[],
  others: readonly Suggestion[],
  generator: Generator,
): Suggestion[] {
  if (ranges.length === 0) return [{}];
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

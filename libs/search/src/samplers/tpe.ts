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
import { type Space, inOrder } from './space.ts';

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

/** Parameters with the same condition, which are drawn together; constants are among those without. */
interface Block {
  readonly constants: readonly (readonly [name: string, value: Value])[];
  readonly ranges: readonly (readonly [name: string, range: ParameterRange])[];
  /** When they are drawn: the values that other parameters must have. */
  readonly conditions: readonly (readonly [name: string, allowed: readonly Value[]])[];
}

interface RankedBlock extends Block {
  /** Candidates, the best first; asked for only where the block is drawn. */
  readonly ranked: () => readonly Suggestion[];
}

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
  const blocks = blocksOf(space);
  const known = history.filter(({ values }) => blocks.every((block) => fits(block, values)));
  const finished = known.filter(({ value }) => value !== undefined);
  if (finished.length >= startupTrials) {
    const { good, others } = split(known, finished);
    const ranking = blocks.map((block, number) => ({
      ...block,
      ranked: once(() => ranked(block, good, others, generatorFor(`tpe/${seed}/${index}/${number}`))),
    }));
    // The best candidate of each block; if they are not allowed together the second best of each, and so on.
    for (let rank = 0; rank < candidates; rank += 1) {
      const suggestion = combined(ranking, rank);
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
): Record<'good' | 'others', Readonly<Suggestion>[]> {
  const count = Math.min(mostGood, Math.ceil(goodShare * finished.length));
  const good = new Set(bestOf(finished, count).map(({ number }) => number));
  const ordered = [...known].sort((a, b) => a.number - b.number);
  const settings = (which: boolean) =>
    ordered.filter(({ number }) => good.has(number) === which).map(({ values }) => values);
  return { good: settings(true), others: settings(false) };
}

/** The `count` finite trials with the lowest values; of equal ones the earlier. Sorts no more than a few objects. */
function bestOf(finished: readonly Observation[], count: number): Observation[] {
  const values = Float64Array.from(finished, ({ value = NaN }) =>
    Number.isFinite(value) ? value : Infinity,
  );
  const highest = values.sort()[count - 1] ?? Infinity;
  return finished
    .filter(({ value }) => value !== undefined && Number.isFinite(value) && value <= highest)
    .sort((a, b) => (a.value ?? 0) - (b.value ?? 0) || a.number - b.number)
    .slice(0, count);
}

function blocksOf(space: Space): Block[] {
  const blocks = new Map<string, [name: string, range: Value | ParameterRange][]>();
  for (const entry of inOrder(space)) {
    const [, range] = entry;
    const condition = typeof range === 'object' ? JSON.stringify(range.when ?? {}) : '{}';
    blocks.set(condition, [...(blocks.get(condition) ?? []), entry]);
  }
  return [...blocks.values()].map((entries) => {
    const [first] = entries;
    return {
      constants: entries.flatMap(([name, value]) => (typeof value === 'object' ? [] : [[name, value]])),
      ranges: entries.flatMap(([name, range]) => (typeof range === 'object' ? [[name, range]] : [])),
      conditions: first ? conditionsOf(space, first[1]) : [],
    };
  });
}

/** Those of the range, and of the parameters that they name. */
function conditionsOf(space: Space, range: Value | ParameterRange | undefined): Block['conditions'] {
  if (typeof range !== 'object' || !range.when) return [];
  return Object.entries(range.when).flatMap(([name, wanted]) => [
    ...conditionsOf(space, space[name]),
    [name, Array.isArray(wanted) ? wanted : [wanted]],
  ]);
}

function isDrawn({ conditions }: Block, values: Readonly<Suggestion>): boolean {
  return conditions.every(([name, allowed]) => {
    const value = values[name];
    return value !== undefined && allowed.includes(value);
  });
}

/** Whether what a trial has drawn of the block lies within its ranges. */
function fits(block: Block, values: Readonly<Suggestion>): boolean {
  if (!isDrawn(block, values)) return true;
  return block.ranges.every(([name, range]) => {
    const value = values[name];
    return value === undefined || isWithin(range, value);
  });
}

/** The candidates of that rank of all blocks whose condition holds for what the blocks before them draw. */
function combined(blocks: readonly RankedBlock[], rank: number): Suggestion {
  const drawn: Suggestion = {};
  for (const block of blocks) {
    if (!isDrawn(block, drawn)) continue;
    Object.assign(drawn, Object.fromEntries(block.constants), block.ranked()[rank]);
  }
  return drawn;
}

function once<Result>(make: () => Result): () => Result {
  let made: { readonly result: Result } | undefined;
  return () => (made ??= { result: make() }).result;
}

/** Draws from the good trials' density, the one with the largest ratio to the others' density first. */
function ranked(
  block: Block,
  good: readonly Readonly<Suggestion>[],
  others: readonly Readonly<Suggestion>[],
  generator: Generator,
): Suggestion[] {
  const { ranges } = block;
  if (ranges.length === 0) return [];
  const hasAll = (values: Readonly<Suggestion>) =>
    isDrawn(block, values) && ranges.every(([name]) => values[name] !== undefined);
  const likely = new ParzenEstimator(ranges, good.filter(hasAll));
  const unlikely = new ParzenEstimator(ranges, others.filter(hasAll));
  return Array.from({ length: candidates }, () => likely.draw(generator))
    .map((values) => ({ values, ratio: likely.logDensity(values) - unlikely.logDensity(values) }))
    .sort((a, b) => b.ratio - a.ratio)
    .map(({ values }) => values);
}

function isWithin(range: ParameterRange, value: Value): boolean {
  if (range.type === 'choice') return range.values.includes(value);
  return typeof value === 'number' && value >= range.low && value <= range.high;
}

/**
 * The tree-structured Parzen estimator (Bergstra et al. 2011) over all parameters at once, with Optuna's defaults:
 * 10 random trials first, then the best of 24 draws from the density of good trials, by its ratio to the density
 * of the others. Trials under way count among the others (constant liar), so that parallel ones keep apart.
 */
import { type Generator, generatorFor } from '../generator-for.ts';
import { type Observation, type Suggestion } from '../search-plan.ts';
import { type Block, Blocks, type Point, isDrawn, settingsAt } from './blocks.ts';
import { ParzenEstimator } from './parzen-estimator.ts';
import { suggestAtRandom } from './random.ts';
import { type Space } from './space.ts';

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

/** A trial with a point for each block. */
interface Known extends Pick<Observation, 'number' | 'value'> {
  readonly points: readonly Point[];
}

interface RankedBlock {
  readonly block: Block;
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
  const blocks = Blocks.of(space);
  const known = history.flatMap(({ number, value, values }): Known[] => {
    const points = blocks.pointsOf(values);
    return points === 'outside' ? [] : [{ number, value, points }];
  });
  const finished = known.filter(({ value }) => value !== undefined);
  if (finished.length >= startupTrials) {
    const { good, others } = split(known, finished);
    const rankedBlocks = blocks.all.map((block, number) => ({
      block,
      ranked: once(() => {
        const pointsOf = (trials: readonly Known[]) =>
          trials.flatMap(({ points }) => {
            const point = points[number];
            return point ? [point] : [];
          });
        return ranked(
          block,
          pointsOf(good),
          pointsOf(others),
          generatorFor(`tpe/${seed}/${index}/${number}`),
        );
      }),
    }));
    // The best candidate of each block; if they are not allowed together the second best of each, and so on.
    for (let rank = 0; rank < candidates; rank += 1) {
      const suggestion = combined(rankedBlocks, rank);
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
  known: readonly Known[],
  finished: readonly Known[],
): Record<'good' | 'others', readonly Known[]> {
  const count = Math.min(mostGood, Math.ceil(goodShare * finished.length));
  const good = new Set(bestOf(finished, count));
  const ordered = [...known].sort((a, b) => a.number - b.number);
  return {
    good: ordered.filter((trial) => good.has(trial)),
    others: ordered.filter((trial) => !good.has(trial)),
  };
}

/** The `count` finite trials with the lowest values; of equal ones the earlier. Sorts no more than a few objects. */
function bestOf(finished: readonly Known[], count: number): Known[] {
  const values = Float64Array.from(finished, ({ value = NaN }) =>
    Number.isFinite(value) ? value : Infinity,
  );
  const highest = values.sort()[count - 1] ?? Infinity;
  return finished
    .filter(({ value }) => value !== undefined && Number.isFinite(value) && value <= highest)
    .sort((a, b) => (a.value ?? 0) - (b.value ?? 0) || a.number - b.number)
    .slice(0, count);
}

/** The candidates of that rank of all blocks whose condition holds for what the blocks before them draw. */
function combined(blocks: readonly RankedBlock[], rank: number): Suggestion {
  const drawn: Suggestion = {};
  for (const { block, ranked } of blocks)
    if (isDrawn(block, drawn)) Object.assign(drawn, block.constants, ranked()[rank]);
  return drawn;
}

function once<Result>(make: () => Result): () => Result {
  let made: { readonly result: Result } | undefined;
  return () => (made ??= { result: make() }).result;
}

/** Draws from the good trials' density, the one with the largest ratio to the others' density first. */
function ranked(
  block: Block,
  good: readonly (readonly number[])[],
  others: readonly (readonly number[])[],
  generator: Generator,
): Suggestion[] {
  if (block.ranges.length === 0) return [];
  const likely = estimatorOf(block, good);
  const unlikely = estimatorOf(block, others);
  return Array.from({ length: candidates }, () => likely.draw(generator))
    .map((point) => ({ point, ratio: likely.logDensity(point) - unlikely.logDensity(point) }))
    .sort((a, b) => b.ratio - a.ratio)
    .map(({ point }) => settingsAt(block, point));
}

function estimatorOf({ ranges }: Block, points: readonly (readonly number[])[]): ParzenEstimator {
  return new ParzenEstimator(
    ranges.map(({ range, axis }, index) => {
      // A loop: Float64Array.from calls its function by way of an iterator, which costs more than the rest.
      const observed = new Float64Array(points.length);
      for (let trial = 0; trial < points.length; trial += 1) observed[trial] = points[trial]?.[index] ?? 0;
      return { type: range.type, axis, observed };
    }),
  );
}

/**
 * The tree-structured Parzen estimator (Bergstra et al. 2011) over all parameters at once, with Optuna's defaults:
 * 10 random trials first, then the best of 24 draws from the density of good trials, by its ratio to the density
 * of the others. Trials under way count among the others (constant liar), so that parallel ones keep apart.
 */
import { type Generator, generatorFor, drawAccepted } from './random.ts';
import { type Observation, type Suggestion, type Space } from './space.ts';
import { isPoint, type Block, Blocks, type Point, isDrawn, settingsAt } from './blocks.ts';
import { ParzenEstimator } from './parzen-estimator.ts';

/** Trials with a result before which settings are random. */
export const startupTrials = 10;
const candidates = 24;
const mostGood = 25;
const goodShare = 0.1;

interface TpePlan {
  readonly space: Space;
  readonly seed: number;
  readonly isOfFirstVersion?: boolean;
}

/** A trial with a point for each block. */
interface Known extends Pick<Observation, 'number' | 'value'> {
  readonly points: readonly Point[];
}

/** Of a block: where good trials lie, and where the others do. */
interface Densities {
  readonly good: ParzenEstimator;
  readonly others: ParzenEstimator;
}

/**
 * Settings for trial `index` after what was observed: the same again for the same observations, in any process.
 * @param accepts whether settings are allowed as a whole; others are passed over
 * @returns undefined when neither a candidate nor a random draw is accepted
 */
export function suggestByTpe(
  { space, seed, isOfFirstVersion = false }: TpePlan,
  index: number,
  history: readonly Observation[],
  accepts: (suggestion: Suggestion) => boolean,
): Suggestion | undefined {
  const blocks = Blocks.of(space);
  const known = history.flatMap(({ number, value, values }): Known[] => {
    const points = blocks.pointsOf(values);
    return points === 'outside' ? [] : [{ number, value, points }];
  });
  const finished = known.filter(({ value }) => value !== undefined);
  if (finished.length >= startupTrials) {
    const { good, others } = split(known, finished);
    const densities = blocks.all.map((block, number) =>
      once((): Densities => {
        const estimated = (trials: readonly Known[]) =>
          estimatorOf(
            block,
            trials.flatMap(({ points }) => {
              const point = points[number];
              return point ? [point] : [];
            }),
            isOfFirstVersion,
          );
        return { good: estimated(good), others: estimated(others) };
      }),
    );
    const generator = generatorFor(`tpe/${seed}/${index}`);
    const drawn = Array.from({ length: candidates }, () => candidate(blocks.all, densities, generator));
    drawn.sort((a, b) => b.ratio - a.ratio);
    for (const { settings } of drawn) if (accepts(settings)) return settings;
  }
  return drawAccepted({ space, seed }, index, accepts);
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

/**
 * Settings drawn from the good trials' densities, block by block where the condition holds, with the logarithm of
 * the ratio of both densities there: in a tree they are products along its branches (Bergstra et al. 2011, 4.2).
 */
function candidate(
  blocks: readonly Block[],
  densities: readonly (() => Densities)[],
  generator: Generator,
): { readonly settings: Suggestion; readonly ratio: number } {
  const settings: Suggestion = {};
  let ratio = 0;
  for (const [number, block] of blocks.entries()) {
    const ofBlock = densities[number];
    if (!ofBlock || !isDrawn(block, settings)) continue;
    Object.assign(settings, block.constants);
    if (block.ranges.length === 0) continue;
    const { good, others } = ofBlock();
    const point = good.draw(generator);
    ratio += good.logDensity(point) - others.logDensity(point);
    Object.assign(settings, settingsAt(block, point));
  }
  return { settings, ratio };
}

function once<Result>(make: () => Result): () => Result {
  let made: { readonly result: Result } | undefined;
  return () => (made ??= { result: make() }).result;
}

function estimatorOf(
  { ranges }: Block,
  points: readonly (readonly number[])[],
  isOfFirstVersion: boolean,
): ParzenEstimator {
  return new ParzenEstimator(
    ranges.map(({ range, axis }, index) => {
      // A loop: Float64Array.from calls its function by way of an iterator, which costs more than the rest.
      const observed = new Float64Array(points.length);
      for (let trial = 0; trial < points.length; trial += 1) observed[trial] = points[trial]?.[index] ?? 0;
      return { type: range.type, axis, observed, isPoint: isPoint(axis) && !isOfFirstVersion };
    }),
  );
}

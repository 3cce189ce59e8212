/**
 * Which hyperparameters a trial gets: a pure function of the sweep's space, its seed, the trial's index and,
 * for samplers that learn, of what was observed, so any process plans the same trials.
 */
import { Hyperparameters, InvalidInput, describeIssues, parseInput } from '@honyaku/contracts';
import { checkSpace } from './check-space.ts';
import { Combinations, gridSize, suggestFromGrid } from './samplers/grid.ts';
import { drawAccepted, mostDraws, suggestAtRandom } from './samplers/random.ts';
import { mostSobolDimensions, suggestFromSobol } from './samplers/sobol.ts';
import { startupTrials, suggestByTpe } from './samplers/tpe.ts';
import { type Observation, type SearchPlan, type Suggestion } from './samplers/space.ts';

type Accepts = (suggestion: Suggestion) => boolean;

interface Sampler {
  /** The trial's settings, drawn again where they are not accepted; undefined when no draw is. */
  readonly suggest: (
    plan: SearchPlan,
    index: number,
    history: readonly Observation[],
    accepts: Accepts,
  ) => Suggestion | undefined;
  /** How many different trials the space holds, counted as far as the plan's; may be infinite. */
  readonly size: (plan: SearchPlan) => number;
  /** Trials from here on depend on results. */
  readonly learnsFrom: number;
}

const isAllowed: Accepts = (suggestion) => Hyperparameters.safeParse(suggestion).success;

const samplers: Record<SearchPlan['sampler'], Sampler> = {
  grid: { suggest: suggestFromGrid, size: gridSize, learnsFrom: Infinity },
  random: {
    suggest: (plan, index, _history, accepts) => drawAccepted(plan, index, accepts),
    size: () => Infinity,
    learnsFrom: Infinity,
  },
  sobol: {
    suggest: (plan, index, _history, accepts) => {
      const point = suggestFromSobol(plan, index);
      return accepts(point) ? point : drawAccepted(plan, index, accepts);
    },
    size: requireSobol,
    learnsFrom: Infinity,
  },
  tpe: { suggest: suggestByTpe, size: () => Infinity, learnsFrom: startupTrials },
};

/** How many trials the plan gives: the limit, or fewer when a grid holds fewer. @throws InvalidInput */
export function plannedTrials(plan: SearchPlan): number {
  return Math.min(plan.trials, samplers[plan.sampler].size(plan));
}

/**
 * The hyperparameters of trial `index` (from 0), or undefined past the end of the plan or when no draw is allowed.
 * @param history of earlier trials; samplers that do not learn take no notice
 */
export function suggestTrial(
  plan: SearchPlan,
  index: number,
  history: readonly Observation[] = [],
): Hyperparameters | undefined {
  if (index < 0 || index >= plannedTrials(plan)) return undefined;
  return suggested(plan, index, history, isAllowed);
}

/**
 * How many different settings the plan's space holds, counted as far as `most`; infinite with a continuum, undefined
 * when too many combinations are not allowed.
 */
export function countCombinations({ space }: Pick<SearchPlan, 'space'>, most: number): number | undefined {
  return Combinations.of(space).count(most);
}

/** More trials than this are not looked at, nor more draws than this once each has cost some. */
const mostFixed = 100;
const mostDrawsOfFixed = 200;

/**
 * Checks the space, and draws the first trials as far as no result decides them: at most a hundred, fewer where many
 * draws are not allowed.
 * @throws InvalidInput naming each field that is wrong, or why no combination is allowed
 */
export function firstTrials(plan: SearchPlan): Hyperparameters[] {
  checkSpace(plan.space);
  const planned = plannedTrials(plan);
  if (plan.trials > 0 && planned === 0) throw new InvalidInput(`parameters: ${noneAllowed(plan)}`);
  let draws = 0;
  const accepts: Accepts = (suggestion) => {
    draws += 1;
    return isAllowed(suggestion);
  };
  const first: Hyperparameters[] = [];
  const fixed = Math.min(planned, samplers[plan.sampler].learnsFrom, mostFixed);
  for (let index = 0; index < fixed && draws < mostDrawsOfFixed + index; index += 1) {
    const trial = suggested(plan, index, [], accepts);
    if (!trial)
      throw new InvalidInput(
        `parameters: ${noneAllowed(plan, `of ${mostDraws} draws for trial ${index + 1}`)}`,
      );
    first.push(trial);
  }
  return first;
}

function suggested(
  plan: SearchPlan,
  index: number,
  history: readonly Observation[],
  accepts: Accepts,
): Hyperparameters | undefined {
  const suggestion = samplers[plan.sampler].suggest(plan, index, history, accepts);
  return suggestion && parseInput(Hyperparameters, suggestion, 'parameters');
}

/** Why a plan gives no trial, with an example. */
export function noneAllowed(plan: SearchPlan, of = 'of the grid'): string {
  const { error } = Hyperparameters.safeParse(suggestAtRandom(plan, 0));
  const fixed = Object.values(plan.space).every((range) => typeof range !== 'object');
  if (fixed && error) return `these values do not go together: ${describeIssues(error)}`;
  return `no combination ${of} is allowed${error ? `; in one of them ${describeIssues(error)}` : ''}`;
}

function requireSobol({ space }: SearchPlan): number {
  const ranges = Object.values(space).filter((range) => typeof range === 'object').length;
  if (ranges > mostSobolDimensions)
    throw new InvalidInput(
      `parameters: the sampler sobol takes at most ${mostSobolDimensions} ranges, not ${ranges}`,
    );
  return Infinity;
}

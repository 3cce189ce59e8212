/**
 * Which hyperparameters a trial gets: a pure function of the sweep's space, its seed, the trial's index and,
 * for samplers that learn, of what was observed, so any process plans the same trials.
 */
import { Hyperparameters, InvalidInput, parseInput } from '@honyaku/contracts';
import { gridSize, suggestFromGrid } from './samplers/grid.ts';
import { suggestAtRandom } from './samplers/random.ts';
import { mostSobolDimensions, suggestFromSobol } from './samplers/sobol.ts';
import { startupTrials, suggestByTpe } from './samplers/tpe.ts';
import { type Observation, type SearchPlan, type Suggestion } from './search-plan.ts';

interface Sampler {
  readonly suggest: (plan: SearchPlan, index: number, history: readonly Observation[]) => Suggestion;
  /** How many different trials the space holds; may be infinite. */
  readonly size: (plan: SearchPlan) => number;
  /** Trials from here on depend on results. */
  readonly learnsFrom: number;
}

const accepts = (suggestion: Suggestion) => Hyperparameters.safeParse(suggestion).success;

const samplers: Record<SearchPlan['sampler'], Sampler> = {
  grid: { suggest: suggestFromGrid, size: gridSize, learnsFrom: Infinity },
  random: {
    suggest: (plan, index) => suggestAtRandom(plan, index),
    size: () => Infinity,
    learnsFrom: Infinity,
  },
  sobol: { suggest: suggestFromSobol, size: requireSobol, learnsFrom: Infinity },
  tpe: {
    suggest: (plan, index, history) => suggestByTpe(plan, index, history, accepts),
    size: () => Infinity,
    learnsFrom: startupTrials,
  },
};

/** How many trials the plan gives: the limit, or fewer when a grid holds fewer. @throws InvalidInput */
export function plannedTrials(plan: SearchPlan): number {
  return Math.min(plan.trials, samplers[plan.sampler].size(plan));
}

/** How many of the planned trials are known before there is any result. */
export function foreseeableTrials(plan: SearchPlan): number {
  return Math.min(plannedTrials(plan), samplers[plan.sampler].learnsFrom);
}

/**
 * The hyperparameters of trial `index` (from 0), or undefined past the end of the plan.
 * @param history of earlier trials; samplers that do not learn take no notice
 * @throws InvalidInput when a drawn value is not allowed for its hyperparameter, or the sampler can't use a range
 */
export function suggestTrial(
  plan: SearchPlan,
  index: number,
  history: readonly Observation[] = [],
): Hyperparameters | undefined {
  if (index < 0 || index >= plannedTrials(plan)) return undefined;
  return parseInput(Hyperparameters, samplers[plan.sampler].suggest(plan, index, history), 'parameters');
}

/** Checks all draws that no result changes. @throws InvalidInput naming what is not allowed */
export function checkForeseeable(plan: SearchPlan): void {
  const first = plan.sampler === 'tpe' ? { ...plan, sampler: 'random' as const } : plan;
  for (let index = 0; index < foreseeableTrials(plan); index += 1) suggestTrial(first, index);
}

function requireSobol({ space }: SearchPlan): number {
  const ranges = Object.values(space).filter((range) => typeof range === 'object').length;
  if (ranges > mostSobolDimensions)
    throw new InvalidInput(
      `parameters: the sampler sobol takes at most ${mostSobolDimensions} ranges, not ${ranges}`,
    );
  return Infinity;
}

/**
 * Which hyperparameters a trial gets: a pure function of the sweep's space, its seed and the trial's
 * index, so any process plans the same trials.
 */
import { Hyperparameters, parseInput } from '@honyaku/contracts';
import { suggestFromGrid, gridSize } from './grid-sampler.ts';
import { suggestAtRandom } from './random-sampler.ts';
import { type SearchPlan, type Suggestion } from './search-plan.ts';

interface Sampler {
  readonly suggest: (plan: SearchPlan, index: number) => Suggestion;
  /** How many different trials the space holds; may be infinite. */
  readonly size: (plan: SearchPlan) => number;
}

const samplers: Record<SearchPlan['sampler'], Sampler> = {
  grid: { suggest: suggestFromGrid, size: gridSize },
  random: { suggest: suggestAtRandom, size: () => Infinity },
};

/** How many trials the plan gives: the limit, or fewer when a grid holds fewer. */
export function plannedTrials(plan: SearchPlan): number {
  return Math.min(plan.trials, samplers[plan.sampler].size(plan));
}

/**
 * The hyperparameters of trial `index` (from 0), or undefined past the end of the plan.
 * @throws InvalidInput when a drawn value is not allowed for its hyperparameter, or the sampler can't use a range
 */
export function suggestTrial(plan: SearchPlan, index: number): Hyperparameters | undefined {
  if (index < 0 || index >= plannedTrials(plan)) return undefined;
  return parseInput(Hyperparameters, samplers[plan.sampler].suggest(plan, index), 'parameters');
}

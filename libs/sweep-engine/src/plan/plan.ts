/** The plan of a sweep: what its specification alone decides, and whether it is sound. */
import {
  type Hyperparameters,
  InvalidInput,
  type SweepSpec,
  type TrialConfig,
  digestOf,
} from '@honyaku/contracts';
import { type SearchPlan, countCombinations, firstTrials, plannedTrials } from '@honyaku/search';

export function searchPlanOf(spec: SweepSpec): SearchPlan {
  return { space: spec.parameters, sampler: spec.sampler, seed: spec.seed, trials: spec.trials };
}

export interface CheckedPlan {
  /** How many trials the sampler will be asked for. */
  readonly trials: number;
  /** Settings of the first of them, as far as no result decides them. */
  readonly first: readonly Hyperparameters[];
  /** Sentences on what is allowed and perhaps not meant. */
  readonly notes: readonly string[];
}

/**
 * Checks a sweep that is submitted.
 * @throws InvalidInput naming what is not allowed
 */
export function checkedPlan(spec: SweepSpec): CheckedPlan {
  checkPruner(spec);
  const plan = searchPlanOf(spec);
  const first = firstTrials(plan);
  const trials = plannedTrials(plan);
  if (trials + spec.trialsByHand.length < 1)
    throw new InvalidInput('trials: there is none; set trials to at least 1 or name some in trialsByHand');
  return { trials, first, notes: notesOn(spec, trials) };
}

function checkPruner(spec: SweepSpec): void {
  const { pruner, epochs } = spec;
  if (pruner.type === 'pbt') checkPopulation(spec);
  const lowest = 'minResource' in pruner && pruner.unit === 'epochs' ? pruner.minResource : 0;
  if (lowest >= epochs && epochs > 1)
    throw new InvalidInput(
      `pruner.minResource: ${lowest} leaves no rung below the ${epochs} epochs of the sweep; use at most ${epochs - 1}`,
    );
}

/** How many trials the sampler of a stored sweep is asked for: what an earlier version accepted is not refused. */
export function plannedBySampler(spec: SweepSpec): number {
  return plannedTrials(searchPlanOf(spec));
}

/** Averaging and the plateau schedule read a trial's earlier epochs, which after a copy belong to other weights. */
function checkPopulation({ parameters, trials }: SweepSpec): void {
  const { averageBest = 1, schedule = 'constant' } = parameters;
  if (averageBest !== 1)
    throw new InvalidInput('parameters.averageBest: must be 1 with the pruner pbt, which copies checkpoints');
  const schedules = typeof schedule === 'object' && schedule.type === 'choice' ? schedule.values : [schedule];
  if (schedules.includes('plateau'))
    throw new InvalidInput(
      'parameters.schedule: must not be plateau with the pruner pbt, which copies checkpoints; use constant, inverse-sqrt or cosine',
    );
  if (trials < 2) throw new InvalidInput('trials: the pruner pbt needs a population of at least 2');
}

/** Settings of trial `number` (from 1). */
export function trialConfigOf(
  spec: SweepSpec,
  number: number,
  { hyperparameters, seed }: { hyperparameters: TrialConfig['hyperparameters']; seed?: number | undefined },
  dataset: string,
): TrialConfig {
  return {
    hyperparameters,
    seed: seed ?? trialSeed(spec.seed, number),
    epochs: spec.epochs,
    runtime: spec.runtime,
    dataset,
  };
}

/** 31 bits of a hash of both numbers: trials of one sweep start from unrelated seeds. */
export function trialSeed(sweepSeed: number, number: number): number {
  return Number.parseInt(digestOf({ sweepSeed, number }).slice(0, 8), 16) >>> 1;
}

/** What a plan does that its author may not have meant. @param trials that the sampler will be asked for */
function notesOn(spec: SweepSpec, trials: number): string[] {
  return [...combinationNotes(spec, trials), ...promotionNotes(spec, trials)];
}

function combinationNotes({ parameters, sampler }: SweepSpec, trials: number): string[] {
  const space = { space: parameters };
  const most = trials + 1;
  const combinations = countCombinations(space, sampler === 'grid' ? Math.max(most, mostCells) : most);
  if (combinations === undefined || combinations === trials) return [];
  if (combinations < trials)
    return [
      `trials: ${trials} trials have ${combinations === 1 ? 'the same settings' : `only ${combinations} different settings`} and repeat them with other seeds`,
    ];
  if (sampler !== 'grid' || trials === 0) return [];
  const cells = combinations === mostCells ? `more than ${mostCells - 1}` : `${combinations}`;
  return [`trials: the grid has ${cells} cells; the first ${trials} are trained`];
}

/** A sweep has at most 10,000 trials. */
const mostCells = 10_001;

/** Promotion wants a whole reduction factor of trials at a rung; with fewer than one the best goes on alone. */
function promotionNotes({ pruner, epochs, trialsByHand }: SweepSpec, sampled: number): string[] {
  if (pruner.type !== 'asha' || pruner.mode !== 'promotion' || pruner.unit !== 'epochs') return [];
  const { minResource, reductionFactor } = pruner;
  let left = sampled + trialsByHand.length;
  if (left < reductionFactor) return [];
  for (let rung = minResource; rung < epochs; rung *= reductionFactor) {
    left = Math.floor(left / reductionFactor);
    if (left === 0)
      return [
        `pruner: with so few trials promotion may end at epoch ${rung} of ${epochs}; use more trials or mode stopping`,
      ];
  }
  return [];
}

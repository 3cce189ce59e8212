/** The part of a sweep that its specification decides. */
import {
  type Hyperparameters,
  InvalidInput,
  type SweepSpec,
  type TrialConfig,
  digestOf,
} from '@honyaku/contracts';
import { type SearchPlan, firstTrials, plannedTrials } from '@honyaku/search';
import { notesOn } from './plan-notes.ts';

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

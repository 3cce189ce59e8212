/** The plan of a sweep: what its specification alone decides, whether it is sound, and what it would cost. */
import {
  type Hyperparameters,
  InvalidInput,
  type SweepSpec,
  type TrialConfig,
  type Preview,
  datasetDigestOf,
  requireVocabularyFor,
} from '@honyaku/contracts';
import { type SearchPlan, firstTrials, plannedTrials, prunerOf } from '@honyaku/search';
import { combinationNotes, lengthNotes, networkNotes, repeatNotes } from './notes.ts';
import { trialSeed } from './trial-seed.ts';

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
  const pruner = prunerOf(spec);
  pruner.check?.(spec);
  const plan = searchPlanOf(spec);
  const first = firstTrials(plan);
  requireVocabularyFor(spec);
  const trials = plannedTrials(plan);
  if (trials + spec.trialsByHand.length < 1)
    throw new InvalidInput('trials: there is none; set trials to at least 1 or name some in trialsByHand');
  const notes = [
    ...combinationNotes(spec, trials, first),
    ...repeatNotes(spec, first),
    ...lengthNotes(spec, first),
    ...networkNotes(spec),
    ...(pruner.notes?.(spec, trials) ?? []),
  ];
  return { trials, first, notes };
}

/** How many trials the sampler of a stored sweep is asked for: what an earlier version accepted is not refused. */
export function plannedBySampler(spec: SweepSpec): number {
  return plannedTrials(searchPlanOf(spec));
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
    ...(spec.start === undefined ? {} : { start: spec.start.digest }),
  };
}

/** What sweeps took together on a dataset. */
export interface TrainedBefore {
  readonly dataset: string;
  readonly epochsDone: number;
  readonly workerSeconds: number;
}

/**
 * How much a sweep would train, before anything is spent.
 * @param earlier what was trained before: on the same dataset, it gives the time of an epoch
 * @throws InvalidInput naming the hyperparameter whose range holds a value that is not allowed
 */
export function previewOf(spec: SweepSpec, earlier: readonly TrainedBefore[]): Preview {
  const { trials: asked, first, notes } = checkedPlan(spec);
  const byHand = spec.trialsByHand.map(({ hyperparameters }) => hyperparameters);
  const trials = asked + byHand.length;
  const most = trials * spec.epochs;
  const epochs = Math.min(most, spec.budget.epochs ?? most);
  const dataset = datasetDigestOf(spec.corpus.digest, spec.dataset);
  const same = earlier.filter((each) => each.dataset === dataset);
  const done = same.reduce((sum, { epochsDone }) => sum + epochsDone, 0);
  const spent = same.reduce((sum, { workerSeconds }) => sum + workerSeconds, 0);
  const estimate =
    done === 0
      ? {}
      : {
          estimate: {
            workerSeconds: (spent / done) * epochs,
            fromEpochs: done,
          },
        };
  return {
    trials,
    epochs,
    ...estimate,
    settings: [...byHand, ...first],
    ...(notes.length === 0 ? {} : { notes: [...notes] }),
  };
}

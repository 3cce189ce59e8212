/** The trials of a sweep: a pure function of its specification, so that any process plans the same ones. */
import {
  type SweepSpec,
  type TrialConfig,
  type TrialView,
  digestOf,
  trialIdOf,
  InvalidInput,
} from '@honyaku/contracts';
import { type SearchPlan, plannedTrials, suggestTrial } from '@honyaku/search';

/** @throws InvalidInput naming the hyperparameter whose range holds a value that is not allowed */
export function planTrials(id: string, spec: SweepSpec, dataset: string): TrialView[] {
  const plan: SearchPlan = {
    space: spec.parameters,
    sampler: spec.sampler,
    seed: spec.seed,
    trials: spec.trials,
  };
  const planned = plannedTrials(plan);
  if (planned < 1) throw new InvalidInput('parameters: the search space holds no trial');
  return Array.from({ length: planned }, (_, index): TrialView => {
    const hyperparameters = suggestTrial(plan, index);
    if (!hyperparameters) throw new InvalidInput(`parameters: the plan has no trial ${index + 1}`);
    const number = index + 1;
    const config: TrialConfig = {
      hyperparameters,
      seed: trialSeed(spec.seed, number),
      epochs: spec.epochs,
      runtime: spec.runtime,
      dataset,
    };
    return { id: trialIdOf(id, number), sweepId: id, number, state: 'pending', config, epochs: [] };
  });
}

/** 31 bits of a hash of both numbers: trials of one sweep start from unrelated seeds. */
export function trialSeed(sweepSeed: number, number: number): number {
  return Number.parseInt(digestOf({ sweepSeed, number }).slice(0, 8), 16) >>> 1;
}

/** Where decisions come from: pruner and sampler, or a log that has them already. */
import {
  Corrupt,
  type Decision,
  type Hyperparameters,
  type TrialView,
  type Verdict,
} from '@honyaku/contracts';
import { suggestTrial } from '@honyaku/search';
import { searchPlanOf } from './plan.ts';
import { type SweepState } from './sweep-state.ts';

export interface Chooser {
  /** On the trial's newest epoch. */
  verdict(state: SweepState, trial: TrialView): Verdict;
  /** A paused trial that has earned more epochs. */
  promotion(state: SweepState): { readonly trialId: string; readonly reason: string } | undefined;
  /** What the sampler wants to try as its trial `index` (from 0). */
  ask(state: SweepState, index: number): Hyperparameters | undefined;
}

/** Asks the sweep's pruner and sampler: pure functions of the state. */
export const search: Chooser = {
  verdict: () => ({ action: 'continue', reason: 'nothing is pruned' }),
  promotion: () => undefined,
  ask: ({ sweep }, index) => suggestTrial(searchPlanOf(sweep.spec), index),
};

/** Takes decisions from a log's entry, in their order. @throws Corrupt when they do not fit the events */
export function recorded(decisions: readonly Decision[]): Chooser {
  const rest = [...decisions];
  const take = <Type extends Decision['type']>(type: Type) => {
    const [next] = rest;
    if (next?.type !== type) return undefined;
    rest.shift();
    return next as Extract<Decision, { type: Type }>;
  };
  return {
    verdict: (_, { id }) => {
      const verdict = take('verdict');
      if (verdict?.trialId !== id) throw new Corrupt(`the log of decisions has none on an epoch of ${id}`);
      const { type, trialId, epoch, ...rest } = verdict;
      return rest;
    },
    promotion: () => take('promoted'),
    ask: () => take('asked')?.hyperparameters,
  };
}


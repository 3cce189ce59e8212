/** Where choices come from: the sweep's pruner and sampler, or a log that has them already. */
import {
  Bug,
  Corrupt,
  type Decision,
  type Hyperparameters,
  type Promotion,
  type TrialView,
  type Verdict,
  isOfFirstVersion,
  trialIdOf,
} from '@honyaku/contracts';
import { judge, prunerOf, suggestTrial } from '@honyaku/search';
import { searchPlanOf } from '../plan/plan.ts';
import { type SweepState } from '../state/sweep-state.ts';
import { countsOf, reportsOf } from '../state/trial-list.ts';
import { observationsOf } from './observations.ts';
import { settingsAt } from './trial-epochs.ts';

export interface Chooser {
  /** On the trial's newest epoch. */
  verdict(state: SweepState, trial: TrialView): Verdict;
  /** A paused trial that has earned more epochs. */
  promotion(state: SweepState): Promotion | undefined;
  /** What the sampler wants to try as its trial `index` (from 0). */
  ask(state: SweepState, index: number): Hyperparameters | undefined;
}

/** Asks the sweep's pruner and sampler: pure functions of the state. */
export const search: Chooser = {
  verdict: ({ sweep: { spec }, trials }, { number }) => {
    const verdict = judge(spec, number, reportsOf(trials));
    if (verdict.action !== 'exploit') return verdict;
    const { epoch, from } = verdict;
    const { copying } = prunerOf(spec);
    const copied = trials[from - 1];
    if (!copying || !copied) throw new Bug(`trial ${from} cannot be copied`);
    const hyperparameters = copying.settingsAfter(number, epoch, settingsAt(copied, epoch));
    return { ...verdict, from: copied.id, hyperparameters };
  },
  promotion: ({ sweep, trials }) => {
    const isPaused = (number: number) => trials[number - 1]?.state === 'paused';
    const { running, pending } = countsOf(trials);
    // In version 0.1.0 fewer trials than the reduction factor were all pruned.
    const isLast =
      !isOfFirstVersion(sweep.id) && running + pending === 0 && sweep.asked >= sweep.samplerTrials;
    const promotion = prunerOf(sweep.spec).promote?.(reportsOf(trials), isPaused, isLast);
    if (!promotion) return undefined;
    const { number, ...evidence } = promotion;
    return { ...evidence, trialId: trialIdOf(sweep.id, number) };
  },
  ask: (state, index) => {
    const { id, spec } = state.sweep;
    const plan = { ...searchPlanOf(spec), isOfFirstVersion: isOfFirstVersion(id) };
    return suggestTrial(plan, index, observationsOf(state));
  },
};

/** Chooses nothing: what an event itself comes to. */
export const nothing: Chooser = {
  verdict: (_, { epochs }) => ({
    action: 'continue',
    unit: 'epochs',
    epoch: epochs.length,
    value: NaN,
    reason: 'nobody was asked',
  }),
  promotion: () => undefined,
  ask: () => undefined,
};

/** Takes decisions from a log's entry, in their order. @throws Corrupt when they do not fit the events */
export function recorded(decisions: readonly Decision[]): Chooser {
  let taken = 0;
  const take = <Type extends Decision['type']>(type: Type) => {
    const next = decisions[taken];
    if (next?.type !== type) return undefined;
    taken += 1;
    return next as Extract<Decision, { type: Type }>;
  };
  return {
    verdict: (_, { id }) => {
      const verdict = take('verdict');
      if (verdict?.trialId !== id) throw new Corrupt(`the log of decisions has none on an epoch of ${id}`);
      const { type, trialId, ...rest } = verdict;
      return rest;
    },
    promotion: () => {
      const promoted = take('promoted');
      if (!promoted) return undefined;
      const { type, ...promotion } = promoted;
      return promotion;
    },
    ask: () => take('asked')?.hyperparameters,
  };
}

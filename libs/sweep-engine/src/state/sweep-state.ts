/** A sweep as decisions see it: its own row and one for each trial. A state never changes; an event makes a new one. */
import {
  EarlierResult,
  Sha256,
  type SweepSpec,
  type SweepStatus,
  SweepView,
  type TrialState,
  type TrialView,
} from '@honyaku/contracts';
import { z } from 'zod';
import { countsOf } from './trial-list.ts';

/** What clients see of a sweep, and what the next decisions need beside it. */
export const SweepRow = SweepView.extend({
  dataset: Sha256.optional(),
  /** When the dataset was there. */
  startedAt: z.iso.datetime().optional(),
  /** Trials the sampler may be asked for, and has been. */
  samplerTrials: z.int(),
  asked: z.int(),
  /** Results of other sweeps that the sampler begins with. */
  earlier: z.array(EarlierResult).optional(),
  /** Why nothing more is started: the budget that is spent. */
  ending: z.string().optional(),
});
export type SweepRow = z.output<typeof SweepRow>;

export interface SweepState {
  readonly sweep: SweepRow;
  /** Trial n stands at n − 1; those that the sampler was not asked for yet are not there. */
  readonly trials: readonly TrialView[];
}

const endStates: ReadonlySet<string> = new Set(['completed', 'pruned', 'failed', 'lost', 'cancelled']);

/** Whether a sweep or trial in this state changes no more by itself. */
export function hasEnded(state: SweepStatus | TrialState): boolean {
  return endStates.has(state);
}

/** The state of a sweep that was just submitted. */
export function newSweep(settings: {
  readonly id: string;
  readonly spec: SweepSpec;
  /** Trials that the sampler will be asked for. */
  readonly samplerTrials: number;
  readonly createdAt: string;
}): SweepState {
  const { id, spec, samplerTrials, createdAt } = settings;
  const planned = samplerTrials + spec.trialsByHand.length;
  return {
    sweep: {
      id,
      name: spec.name,
      state: 'preparing',
      spec,
      trials: { ...countsOf([]), planned, pending: planned },
      epochsDone: 0,
      workerSeconds: 0,
      createdAt,
      samplerTrials,
      asked: 0,
    },
    trials: [],
  };
}

/** What clients see of a sweep: its row without what only decisions need. */
export function sweepViewOf({ sweep }: Pick<SweepState, 'sweep'>): SweepView {
  const { dataset, startedAt, samplerTrials, asked, earlier, ending, ...view } = sweep;
  return view;
}

/** A state never changes, and a change asks five times over thousands of trials what it changed. */
const knownChanges = new WeakMap<SweepState, { before: SweepState | undefined; changed: TrialView[] }>();

/** The trials that are not the same in both states, in the order of their numbers. */
export function changedTrials(before: SweepState | undefined, after: SweepState): readonly TrialView[] {
  const known = knownChanges.get(after);
  if (known && known.before === before) return known.changed;
  const changed: TrialView[] = [];
  for (let index = 0; index < after.trials.length; index += 1) {
    const trial = after.trials[index];
    if (trial && trial !== before?.trials[index]) changed.push(trial);
  }
  knownChanges.set(after, { before, changed });
  return changed;
}

/** Whether the sweep has ended between the two states. */
export function endsBetween(before: SweepState, after: SweepState): boolean {
  return !hasEnded(before.sweep.state) && hasEnded(after.sweep.state);
}

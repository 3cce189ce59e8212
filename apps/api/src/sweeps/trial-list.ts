/**
 * The trials of a sweep and how many of them are in each state. A decision looks at the counts several times and
 * changes one trial or two; counted anew each time, ten thousand trials would cost most of it.
 */
import { type TrialState, type TrialView, trialNumberOf } from '@honyaku/contracts';

type Trials = readonly TrialView[];
export type TrialCounts = Readonly<Record<TrialState, number>>;

const known = new WeakMap<Trials, TrialCounts>();
const none: TrialCounts = {
  pending: 0,
  running: 0,
  paused: 0,
  completed: 0,
  pruned: 0,
  failed: 0,
  lost: 0,
  cancelled: 0,
};

/** How many trials are in each state. */
export function countsOf(trials: Trials): TrialCounts {
  const counted = known.get(trials);
  if (counted) return counted;
  const counts = { ...none };
  for (const { state } of trials) counts[state] += 1;
  known.set(trials, counts);
  return counts;
}

/** The list with a trial in the place of the one of its number. */
export function withReplaced(trials: Trials, trial: TrialView): Trials {
  const after = trials.with(trial.number - 1, trial);
  const counts = { ...countsOf(trials) };
  const before = trials[trial.number - 1];
  if (before) counts[before.state] -= 1;
  counts[trial.state] += 1;
  known.set(after, counts);
  return after;
}

/** The list with one trial more. */
export function withAdded(trials: Trials, trial: TrialView): Trials {
  const after = [...trials, trial];
  const counts = countsOf(trials);
  known.set(after, { ...counts, [trial.state]: counts[trial.state] + 1 });
  return after;
}

/** The trial with this id, which tells its number. */
export function trialWith(trials: Trials, trialId: string): TrialView | undefined {
  const trial = trials[trialNumberOf(trialId) - 1];
  return trial?.id === trialId ? trial : undefined;
}

/**
 * The trials of a sweep with what decisions want to know of all of them: how many are in each state, and what each
 * has reported. A decision asks several times and changes one trial or two; found anew each time, either would cost
 * most of it with ten thousand trials. So a changed list takes over what is known of the list it was made from.
 */
import { type TrialState, type TrialView, trialNumberOf } from '@honyaku/contracts';
import { type ReportedTrial } from '@honyaku/search';

type Trials = readonly TrialView[];
export type TrialCounts = Readonly<Record<TrialState, number>>;

/** Both follow from the list alone, which never changes: kept or found anew, they are the same. */
const knownCounts = new WeakMap<Trials, TrialCounts>();
const knownReports = new WeakMap<Trials, readonly ReportedTrial[]>();

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
  const known = knownCounts.get(trials);
  if (known) return known;
  const counts = { ...none };
  for (const { state } of trials) counts[state] += 1;
  knownCounts.set(trials, counts);
  return counts;
}

/** The trials as pruners see them, in the order of the list. Lost trials have no reports; failed ones keep theirs. */
export function reportsOf(trials: Trials): readonly ReportedTrial[] {
  const known = knownReports.get(trials);
  if (known) return known;
  const reports = trials.map(reportsOfTrial);
  knownReports.set(trials, reports);
  return reports;
}

/** The list with a trial in the place of the one of its number. */
export function withReplaced(trials: Trials, trial: TrialView): Trials {
  const index = trial.number - 1;
  const after = trials.with(index, trial);
  const counts = { ...countsOf(trials) };
  const before = trials[index];
  if (before) counts[before.state] -= 1;
  counts[trial.state] += 1;
  knownCounts.set(after, counts);
  const reports = knownReports.get(trials);
  if (reports) knownReports.set(after, reports.with(index, reportsOfTrial(trial)));
  return after;
}

/** The list with one trial more. */
export function withAdded(trials: Trials, trial: TrialView): Trials {
  const after = [...trials, trial];
  const counts = countsOf(trials);
  knownCounts.set(after, { ...counts, [trial.state]: counts[trial.state] + 1 });
  const reports = knownReports.get(trials);
  if (reports) knownReports.set(after, [...reports, reportsOfTrial(trial)]);
  return after;
}

/** The trial with this id, which says its number. */
export function trialWith(trials: Trials, trialId: string): TrialView | undefined {
  const trial = trials[trialNumberOf(trialId) - 1];
  return trial?.id === trialId ? trial : undefined;
}

function reportsOfTrial({ number, state, epochs }: TrialView): ReportedTrial {
  if (state === 'lost') return { number, reports: [] };
  let tokens = 0;
  const reports = epochs.map(({ epoch, train, heldOut }) => {
    tokens += train.targetTokens;
    return { epoch, value: heldOut.perplexity, tokens };
  });
  return { number, reports };
}

/** Trials as the pruners see them. */
import { type TrialView } from '@honyaku/contracts';
import { type Contestant } from '@honyaku/search';

/**
 * Of the sweep that was decided on last: the next decision finds all but a trial or two unchanged, and with
 * thousands of them would build them all anew.
 */
let newest:
  { readonly trials: readonly TrialView[]; readonly contestants: readonly Contestant[] } | undefined;

/** What is lost says nothing of its settings; what failed later stays where it was at each rung. */
export function contestantsOf(trials: readonly TrialView[]): readonly Contestant[] {
  const before = newest;
  const contestants = trials.map((trial, index) => {
    const known = before?.contestants[index];
    return known && before.trials[index] === trial ? known : contestantOf(trial);
  });
  newest = { trials, contestants };
  return contestants;
}

function contestantOf({ number, state, epochs }: TrialView): Contestant {
  if (state === 'lost') return { number, reports: [] };
  let tokens = 0;
  const reports = epochs.map(({ epoch, train, heldOut }) => {
    tokens += train.targetTokens;
    return { epoch, value: heldOut.perplexity, tokens };
  });
  return { number, reports };
}

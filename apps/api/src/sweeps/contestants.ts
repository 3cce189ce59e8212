/** Trials as the pruners see them. */
import { type TrialView } from '@honyaku/contracts';
import { type Contestant } from '@honyaku/search';

/**
 * Of the sweep that was decided on last: the next decision finds all but a trial or two unchanged, and with
 * thousands of them would build them all anew.
 */
let newestTrials: readonly TrialView[] = [];
const newest: Contestant[] = [];

/**
 * What is lost says nothing of its settings; what failed later stays where it was at each rung.
 * @returns a list that the next call changes
 */
export function contestantsOf(trials: readonly TrialView[]): readonly Contestant[] {
  newest.length = Math.min(newest.length, trials.length);
  for (let index = 0; index < trials.length; index += 1) {
    const trial = trials[index];
    if (trial && trial !== newestTrials[index]) newest[index] = contestantOf(trial);
  }
  newestTrials = trials;
  return newest;
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

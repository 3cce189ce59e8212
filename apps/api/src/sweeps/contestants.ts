/** Trials as the pruners see them. */
import { type TrialView } from '@honyaku/contracts';
import { type Contestant } from '@honyaku/search';

/** A trial that did not change is seen as before: with thousands of them every decision would build all anew. */
const seen = new WeakMap<TrialView, Contestant>();

/** What is lost says nothing of its settings; what failed later stays where it was at each rung. */
export function contestantsOf(trials: readonly TrialView[]): Contestant[] {
  return trials.filter(({ state, epochs }) => state !== 'lost' && epochs.length > 0).map(contestantOf);
}

function contestantOf(trial: TrialView): Contestant {
  const known = seen.get(trial);
  if (known) return known;
  let tokens = 0;
  const reports = trial.epochs.map(({ epoch, train, heldOut }) => {
    tokens += train.targetTokens;
    return { epoch, value: heldOut.perplexity, tokens };
  });
  const contestant = { number: trial.number, reports };
  seen.set(trial, contestant);
  return contestant;
}

import { type TrialView } from './api.ts';
import { type CommittedEpoch } from './sweep-log.ts';

/** The trial's epoch of the lowest held-out perplexity, of equal ones the first; none while none has a finite one. */
export function bestEpochOf({ epochs }: Pick<TrialView, 'epochs'>): CommittedEpoch | undefined {
  let best: CommittedEpoch | undefined;
  for (const each of epochs) {
    const { perplexity } = each.heldOut;
    if (Number.isFinite(perplexity) && !(best && best.heldOut.perplexity <= perplexity)) best = each;
  }
  return best;
}

/** Of the trial's best epoch; Infinity while there is none. */
export function lowestPerplexityOf(trial: Pick<TrialView, 'epochs'>): number {
  return bestEpochOf(trial)?.heldOut.perplexity ?? Infinity;
}

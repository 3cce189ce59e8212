import { type TrialView } from './api.ts';
import { type HeldOutMetrics } from './records.ts';
import { type CommittedEpoch } from './sweep-log.ts';

type Perplexity = Pick<HeldOutMetrics, 'perplexity'>;

/** Whether held-out results beat the best before them. Of equal ones the first is the best; what is not finite never is. */
export function isBetter({ perplexity }: Perplexity, best: Perplexity | undefined): boolean {
  return Number.isFinite(perplexity) && !(best && best.perplexity <= perplexity);
}

/** The trial's epoch of the lowest held-out perplexity, of equal ones the first; none while none has a finite one. */
export function bestEpochOf({ epochs }: Pick<TrialView, 'epochs'>): CommittedEpoch | undefined {
  let best: CommittedEpoch | undefined;
  for (const each of epochs) if (isBetter(each.heldOut, best?.heldOut)) best = each;
  return best;
}

/** Of the trial's best epoch; Infinity while there is none. */
export function lowestPerplexityOf(trial: Pick<TrialView, 'epochs'>): number {
  return bestEpochOf(trial)?.heldOut.perplexity ?? Infinity;
}

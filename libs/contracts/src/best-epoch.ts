import { type BestEpoch, type TrialView } from './api.ts';
import { type HeldOutMetrics } from './records.ts';
import { type CommittedEpoch } from './sweep-log.ts';

type Perplexity = Pick<HeldOutMetrics, 'perplexity'>;

/** Whether a held-out perplexity beats the best so far. On a tie the earlier one stays; a non-finite one is never best. */
export function isBetter({ perplexity }: Perplexity, best: Perplexity | undefined): boolean {
  return Number.isFinite(perplexity) && !(best && best.perplexity <= perplexity);
}

/** An epoch of a trial, by name. */
type EpochName = Pick<BestEpoch, 'trialId' | 'epoch'>;

export function isSameEpoch(one: EpochName, other: EpochName): boolean {
  return one.trialId === other.trialId && one.epoch === other.epoch;
}

/** Whether a network is worse than one that knows nothing: the perplexity of a uniform one is the vocabulary's size. */
export function hasDiverged({
  perplexity,
  vocabularySize,
}: Pick<HeldOutMetrics, 'perplexity' | 'vocabularySize'>): boolean {
  return !Number.isFinite(perplexity) || perplexity > 2 * vocabularySize;
}

/** The trial's epoch with the lowest finite held-out perplexity, the earliest on a tie; undefined if there is none. */
export function bestEpochOf({ epochs }: Pick<TrialView, 'epochs'>): CommittedEpoch | undefined {
  let best: CommittedEpoch | undefined;
  for (const each of epochs) if (isBetter(each.heldOut, best?.heldOut)) best = each;
  return best;
}

/** The held-out perplexity of the trial's best epoch; Infinity if there is none. */
export function lowestPerplexityOf(trial: Pick<TrialView, 'epochs'>): number {
  return bestEpochOf(trial)?.heldOut.perplexity ?? Infinity;
}

/** Selects the trials that have series: only current ones, and a bounded number, to limit Prometheus's cardinality. */
import { type TrialView, lowestPerplexityOf } from '@honyaku/contracts';
import { hasEnded } from '@honyaku/sweep-engine';
import { isRecent } from '../store/current-sweeps.ts';

/** Each trial has seven series. */
const maxTrials = 500;

/** Whether the trial has a committed epoch, and has not ended or has ended recently. */
export function isCurrent({ epochs, state, endedAt }: TrialView, now: number): boolean {
  return epochs.length > 0 && (!hasEnded(state) || isRecent(endedAt, now));
}

/**
 * The current trials; when there are too many, the running ones and then the best.
 * @param now milliseconds since the epoch
 */
export function trialWindow(
  trials: readonly TrialView[],
  now: number,
  most = maxTrials,
): { readonly shown: readonly TrialView[]; readonly leftOut: number } {
  const current = trials.filter((trial) => isCurrent(trial, now));
  if (current.length <= most) return { shown: current, leftOut: 0 };
  const ranked = current
    .map((trial) => ({
      trial,
      running: trial.state === 'running',
      perplexity: lowestPerplexityOf(trial),
    }))
    .sort((a, b) => Number(b.running) - Number(a.running) || a.perplexity - b.perplexity);
  return { shown: ranked.slice(0, most).map(({ trial }) => trial), leftOut: current.length - most };
}

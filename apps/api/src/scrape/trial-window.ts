/** Which trials have series: Prometheus gets a window of the records, not all of them. */
import { type TrialView, lowestPerplexityOf } from '@honyaku/contracts';
import { hasEnded } from '@honyaku/sweep-engine';
import { isRecent } from '../store/current-sweeps.ts';

/** Each has half a dozen series. */
const mostTrials = 500;

/** Whether it has a committed epoch, and goes on or ended a short while ago. */
export function isCurrent({ epochs, state, endedAt }: TrialView, now: number): boolean {
  return epochs.length > 0 && (!hasEnded(state) || isRecent(endedAt, now));
}

/**
 * Of all trials with a committed epoch those that go on or ended a short while ago; when they are too many,
 * the running ones and then the best.
 * @param now milliseconds since the epoch
 */
export function trialWindow(
  trials: readonly TrialView[],
  now: number,
  most = mostTrials,
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

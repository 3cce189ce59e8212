/** What samplers learn from: the trials of a sweep with their results. */
import { type EarlierResult, type TrialView, lowestPerplexityOf } from '@honyaku/contracts';
import { type Observation } from '@honyaku/search';
import { type SweepState, hasEnded } from '../state/sweep-state.ts';

/** Of thousands of trials one or two have changed since the sampler was asked last; a trial's row never changes itself. */
const known = new WeakMap<TrialView, Observation | 'none'>();

export function observationsOf({ sweep, trials }: SweepState): Observation[] {
  if (sweep.spec.sampler !== 'tpe') return [];
  const { earlier = [] } = sweep;
  return [
    // Numbers up to 0: they come before the sweep's own trials.
    ...earlier.map(({ hyperparameters, perplexity }, index) => ({
      number: index + 1 - earlier.length,
      values: hyperparameters,
      value: perplexity,
    })),
    ...trials.map(observationOf).filter((observation) => observation !== 'none'),
  ];
}

function observationOf(trial: TrialView): Observation | 'none' {
  const before = known.get(trial);
  if (before) return before;
  const value = valueOf(trial);
  const { number, config } = trial;
  const observation = value === 'unknown' ? 'none' : { number, values: config.hyperparameters, value };
  known.set(trial, observation);
  return observation;
}

/** The lowest held-out perplexity of a trial; undefined while it runs, `unknown` where nothing will come. */
function valueOf(trial: TrialView): number | undefined | 'unknown' {
  const { state, retryable, epochs } = trial;
  if (!hasEnded(state) && state !== 'paused') return undefined;
  // Diverged trials are the worst there are; lost or cancelled ones say nothing of their settings.
  if (state === 'failed' && retryable === false) return Infinity;
  if (epochs.length === 0) return 'unknown';
  return lowestPerplexityOf(trial);
}

/** What another sweep may learn from this one. */
export function resultsOf({ trials }: Pick<SweepState, 'trials'>): EarlierResult[] {
  return trials.flatMap((trial) => {
    const value = valueOf(trial);
    return typeof value === 'number'
      ? [{ hyperparameters: trial.config.hyperparameters, perplexity: value }]
      : [];
  });
}

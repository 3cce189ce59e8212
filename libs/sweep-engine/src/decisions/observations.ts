/**
 * What samplers learn from: the trials of a sweep with their results, and those of earlier sweeps for a warm start.
 * These go into the log, so that a replay needs no other sweep.
 */
import {
  type EarlierResult,
  type TrialView,
  lowestPerplexityOf,
  InvalidInput,
  type SweepSpec,
  datasetDigestOf,
  maxEarlierResults,
  withDefaults,
} from '@honyaku/contracts';
import { type Observation } from '@honyaku/search';
import { type SweepState, hasEnded } from '../state/sweep-state.ts';

/** Of thousands of trials one or two have changed since the sampler was asked last; a trial's row never changes itself. */
const known = new WeakMap<TrialView, Observation | 'none'>();
/** Samplers keep what they derive from an observation's values by the object that they are. */
const knownValues = new WeakMap<EarlierResult, Observation['values']>();

export function observationsOf({ sweep, trials }: SweepState): Observation[] {
  if (sweep.spec.sampler !== 'tpe') return [];
  const { earlier = [] } = sweep;
  return [
    // Numbers up to 0: they come before the sweep's own trials.
    ...earlier.map((result, index) => ({
      number: index + 1 - earlier.length,
      values: valuesOf(result),
      value: result.perplexity,
    })),
    ...trials.map(observationOf).filter((observation) => observation !== 'none'),
  ];
}

function valuesOf(result: EarlierResult): Observation['values'] {
  const before = knownValues.get(result);
  if (before) return before;
  const values = withDefaults(result.hyperparameters);
  knownValues.set(result, values);
  return values;
}

function observationOf(trial: TrialView): Observation | 'none' {
  const before = known.get(trial);
  if (before) return before;
  const value = valueOf(trial);
  const { number, config } = trial;
  const observation =
    value === 'unknown' ? 'none' : { number, values: withDefaults(config.hyperparameters), value };
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

/** What decides whether a sweep may learn from another. */
export type Learner = Pick<SweepSpec, 'sampler' | 'corpus' | 'dataset'>;

/**
 * @param known how many results the sweep has learnt from already
 * @throws InvalidInput when its sampler learns from no results, or there is no room for more
 */
export function checkWarmStart({ sampler }: Learner, known: number): void {
  if (sampler !== 'tpe')
    throw new InvalidInput(`warmStart: the sampler ${sampler} learns from no results; use tpe`);
  if (known >= maxEarlierResults)
    throw new InvalidInput(
      `warmStart: the sweep has learnt from ${known} results already, and takes no more`,
    );
}

/** @throws InvalidInput when the perplexities of the earlier sweep cannot be compared with the learner's */
export function resultsFor(learner: Learner, { sweep, trials }: SweepState): EarlierResult[] {
  if (datasetOf(sweep.spec) !== datasetOf(learner))
    throw new InvalidInput(
      `warmStart: ${sweep.id} is on another dataset, so its perplexities say nothing here`,
    );
  return resultsOf({ trials });
}

/**
 * The results themselves, or as many of them as `most`: half of these are the best, the others stand for the rest,
 * evenly over their ranks, since a sampler learns from bad results as well. The same for the same results.
 */
export function representative(results: readonly EarlierResult[], most: number): EarlierResult[] {
  if (results.length <= most) return [...results];
  const ranked = results.toSorted((a, b) => a.perplexity - b.perplexity || 0);
  const best = Math.ceil(most / 2);
  const others = ranked.slice(best);
  const step = others.length / (most - best);
  return ranked
    .slice(0, best)
    .concat(
      Array.from({ length: most - best }, (_, index) => others[Math.floor(index * step)]).filter(
        (result) => result !== undefined,
      ),
    );
}

function datasetOf({ corpus, dataset }: Learner): string {
  return datasetDigestOf(corpus.digest, dataset);
}

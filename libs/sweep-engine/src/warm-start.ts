/** Results of earlier sweeps for a sampler to begin with. They go into the log, so that a replay needs no other sweep. */
import {
  type EarlierResult,
  InvalidInput,
  type SweepSpec,
  datasetDigestOf,
  maxEarlierResults,
} from '@honyaku/contracts';
import { resultsOf } from './decisions/observations.ts';
import { type SweepState } from './state/sweep-state.ts';

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

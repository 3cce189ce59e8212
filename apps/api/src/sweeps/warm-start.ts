/** Results of earlier sweeps, for a sampler to begin with. They go into the log, so that replaying needs no other sweep. */
import {
  Corrupt,
  type EarlierResult,
  InvalidInput,
  NotFound,
  type SweepSpec,
  datasetDigestOf,
  messageOf,
  mostEarlierResults,
} from '@honyaku/contracts';
import { type KnownStates } from './known-state.ts';
import { resultsOf } from './observations.ts';

type Learner = Pick<SweepSpec, 'sampler' | 'corpus' | 'dataset'>;

/**
 * At most a thousand results in all: they are in the log and in the sweep's row, and the sampler weighs each of them
 * for each trial.
 * @param known how many the sweep has already
 * @throws InvalidInput when a sweep is not there, its perplexities cannot be compared, or there is no room for more
 */
export async function earlierResults(
  states: KnownStates,
  sweepIds: readonly string[],
  learner: Learner,
  known = 0,
): Promise<{ earlier?: EarlierResult[] }> {
  if (sweepIds.length === 0) return {};
  if (learner.sampler !== 'tpe')
    throw new InvalidInput(`warmStart: the sampler ${learner.sampler} learns from no results; use tpe`);
  if (known >= mostEarlierResults)
    throw new InvalidInput(
      `warmStart: the sweep has learnt from ${known} results already, and takes no more`,
    );
  const earlier: EarlierResult[] = [];
  for (const id of sweepIds) {
    const { state } = await states.of(id).catch((cause: unknown) => {
      if (!(cause instanceof NotFound || cause instanceof Corrupt)) throw cause;
      throw new InvalidInput(`warmStart: ${messageOf(cause)}`, { cause });
    });
    const { spec } = state.sweep;
    if (datasetOf(spec) !== datasetOf(learner))
      throw new InvalidInput(`warmStart: ${id} is on another dataset, so its perplexities say nothing here`);
    earlier.push(...resultsOf(state));
  }
  return { earlier: representative(earlier, mostEarlierResults - known) };
}

/**
 * The results themselves, or as many of them as `most`: half of these are the best, the others stand for the rest,
 * evenly over their ranks, since a sampler learns from what is bad as well. The same for the same results.
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

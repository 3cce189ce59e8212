/** Results of earlier sweeps, for a sampler to begin with. They go into the log, so that replaying needs no other sweep. */
import {
  Corrupt,
  type EarlierResult,
  InvalidInput,
  NotFound,
  type SweepSpec,
  datasetDigestOf,
  messageOf,
} from '@honyaku/contracts';
import { type KnownStates } from './known-state.ts';
import { resultsOf } from './observations.ts';

type Learner = Pick<SweepSpec, 'sampler' | 'corpus' | 'dataset'>;

/** @throws InvalidInput when a sweep is not there or its perplexities cannot be compared */
export async function earlierResults(
  states: KnownStates,
  sweepIds: readonly string[],
  learner: Learner,
): Promise<{ earlier?: EarlierResult[] }> {
  if (sweepIds.length === 0) return {};
  if (learner.sampler !== 'tpe')
    throw new InvalidInput(`warmStart: the sampler ${learner.sampler} learns from no results; use tpe`);
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
  return { earlier };
}

function datasetOf({ corpus, dataset }: Learner): string {
  return datasetDigestOf(corpus.digest, dataset);
}

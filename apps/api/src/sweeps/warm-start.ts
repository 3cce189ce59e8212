/** Reads the results of earlier sweeps that a sweep's sampler learns from. */
import {
  Corrupt,
  type EarlierResult,
  InvalidInput,
  NotFound,
  messageOf,
  maxEarlierResults,
} from '@honyaku/contracts';
import { type Learner, checkWarmStart, representative, resultsFor } from '@honyaku/sweep-engine';
import { type SweepCache } from '../store/sweep-cache.ts';

/**
 * At most a thousand results in total: they are stored in the log and in the sweep's row, and the sampler evaluates
 * each of them for each trial.
 * @param known the number of results that the sweep has already
 * @throws InvalidInput when a sweep does not exist, its perplexities cannot be compared, or the limit is reached
 */
export async function earlierResults(
  cache: SweepCache,
  sweepIds: readonly string[],
  learner: Learner,
  known = 0,
): Promise<{ earlier?: EarlierResult[] }> {
  if (sweepIds.length === 0) return {};
  checkWarmStart(learner, known);
  const earlier: EarlierResult[] = [];
  for (const id of sweepIds) {
    const { state } = await cache.of(id).catch((cause: unknown) => {
      if (!(cause instanceof NotFound || cause instanceof Corrupt)) throw cause;
      throw new InvalidInput(`warmStart: ${messageOf(cause)}`, { cause });
    });
    earlier.push(...resultsFor(learner, state));
  }
  return { earlier: representative(earlier, maxEarlierResults - known) };
}

/** The number of workers of each role that would have work now, for autoscalers. */
import { type Demand } from '@honyaku/contracts';
import { type SweepRow, awaitsScore } from '@honyaku/sweep-engine';
import { type QueueCounts } from '../queues/queues.ts';

/**
 * Counts running trials rather than jobs: a running trial occupies one worker, even between two epochs, when it has no
 * job for a moment. So does the score of the whole test set. Active jobs of other trials, such as those of a sweep
 * that was just cancelled, count as well.
 */
export function demandOf(
  sweeps: readonly Pick<SweepRow, 'state' | 'trials' | 'best'>[],
  counts: QueueCounts,
): Demand {
  const running = sweeps
    .filter(({ state }) => state === 'running')
    .reduce((sum, sweep) => sum + sweep.trials.running + Number(awaitsScore(sweep)), 0);
  const { wait = 0, prioritized = 0, active = 0, delayed = 0 } = counts.get('preprocess') ?? {};
  return {
    preprocess: { workers: wait + prioritized + active + delayed },
    trials: { workers: Math.max(running, counts.get('trials')?.['active'] ?? 0) },
  };
}

/** The number of workers of each role that would have work now, for autoscalers. */
import { type Demand } from '@honyaku/contracts';
import { type SweepRow } from '@honyaku/sweep-engine';
import { type QueueCounts } from '../queues/queues.ts';

/**
 * Counts running trials rather than jobs: a running trial occupies one worker, even between two epochs, when it has no
 * job for a moment. Active jobs of other trials, such as those of a sweep that was just cancelled, count as well.
 */
export function demandOf(sweeps: readonly Pick<SweepRow, 'state' | 'trials'>[], counts: QueueCounts): Demand {
  const running = sweeps
    .filter(({ state }) => state === 'running')
    .reduce((sum, { trials }) => sum + trials.running, 0);
  const { wait = 0, prioritized = 0, active = 0, delayed = 0 } = counts.get('preprocess') ?? {};
  return {
    preprocess: { workers: wait + prioritized + active + delayed },
    trials: { workers: Math.max(running, counts.get('trials')?.['active'] ?? 0) },
  };
}

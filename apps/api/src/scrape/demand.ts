/** How many workers would have work at once: what an autoscaler goes by. */
import { type Demand } from '@honyaku/contracts';
import { type SweepRow } from '@honyaku/sweep-engine';
import { type QueueCounts } from '../queues/queues.ts';

/**
 * A running trial keeps one worker busy, also in the moment between two epochs when it has no job at all, so
 * trials are counted, not their jobs. What is at work beyond that (a sweep that was just cancelled) still counts.
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

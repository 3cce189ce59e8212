/** Sweeps of which a request was recorded, but not all that follows from it was done: Redis failed meanwhile. */
import { advanceJob, concludeJob } from '@honyaku/contracts';
import { type SweepState, hasEnded } from '@honyaku/sweep-engine';
import { type Queues } from '../queues/queues.ts';
import { type SweepCache } from '../store/sweep-cache.ts';
import { type SweepStore } from '../store/sweep-store.ts';
import { type WebhookObserver } from '../webhooks/webhooks.ts';

interface Dependencies {
  readonly cache: SweepCache;
  readonly store: SweepStore;
  readonly queues: Queues;
  readonly messages: WebhookObserver;
}

/** Writes the sweep's row, removes waiting jobs that it no longer needs, and sends its webhook messages. */
export async function catchUp(
  sweepId: string,
  { cache, store, queues, messages }: Dependencies,
): Promise<void> {
  const known = await cache.newest(sweepId);
  await store.write(known);
  for (const lastId of unneededFlows(known.state)) await queues.removeFlow(lastId);
  await messages.onChange(undefined, known.state);
}

/** Ids of the last jobs of flows that may wait from before the sweep was paused or cancelled. */
function unneededFlows({ sweep, trials }: SweepState): string[] {
  if (!hasEnded(sweep.state) && sweep.state !== 'paused') return [];
  const epochs = trials.map(({ id, epochs: { length } }) =>
    advanceJob.id({ trialId: id, epoch: length + 1 }),
  );
  return sweep.best ? [...epochs, concludeJob.id(sweep.best)] : epochs;
}

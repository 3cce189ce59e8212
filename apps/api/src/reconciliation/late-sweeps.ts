/** Sweeps of which a request was recorded, but not all that follows from it was done: Redis failed meanwhile. */
import { type SweepState, hasEnded } from '@honyaku/sweep-engine';
import { type FlowName } from '../queues/flow-jobs.ts';
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
  for (const flow of unneededFlows(known.state)) await queues.removeFlow(flow);
  await messages.onChange(undefined, known.state);
}

/** Flows that may wait from before the sweep was paused or cancelled. */
function unneededFlows({ sweep, trials }: SweepState): FlowName[] {
  if (!hasEnded(sweep.state) && sweep.state !== 'paused') return [];
  const epochs = trials.map((trial): FlowName => ({
    type: 'epoch',
    trialId: trial.id,
    epoch: trial.epochs.length + 1,
  }));
  return sweep.best ? [...epochs, { type: 'score', ...sweep.best }] : epochs;
}

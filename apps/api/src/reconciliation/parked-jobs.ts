/** Jobs of trials that a pause has put aside in the middle of their epochs, for a year or until their sweep goes on. */
import { advanceJob, epochOfJob, queuePrefix, sweepIdOf } from '@honyaku/contracts';
import { hasEnded } from '@honyaku/sweep-engine';
import { type Redis } from 'ioredis';
import { type Queues } from '../queues/queues.ts';
import { type SweepStore } from '../store/sweep-store.ts';

/** What is put back for trouble comes again within seconds; what is delayed for longer was put aside by a pause. */
const parkedMilliseconds = 3_600_000;
/** BullMQ keeps so many jobs of one millisecond in order. */
const delayedScores = 0x1000;

interface Dependencies {
  readonly redis: Redis;
  readonly queues: Queues;
  readonly store: SweepStore;
}

/** Removes those of sweeps that have ended since, and lets those go on whose sweep's resumption has missed them. */
export async function lookAfterParkedJobs({ redis, queues, store }: Dependencies): Promise<void> {
  const from = (Date.now() + parkedMilliseconds) * delayedScores;
  for (const jobId of await redis.zrangebyscore(`${queuePrefix}:trials:delayed`, from, '+inf')) {
    const epoch = epochOfJob(jobId);
    const sweep = epoch && (await store.readableRow(sweepIdOf(epoch.trialId)));
    if (!epoch || !sweep) continue;
    if (hasEnded(sweep.state)) await queues.removeFlow(advanceJob.id(epoch));
    const job = await queues.job('trials', jobId);
    if (!job || !(await job.isDelayed())) continue;
    // The rest of its flow may be gone before it.
    if (hasEnded(sweep.state)) await job.remove();
    else if (sweep.state === 'running') await job.promote();
  }
}

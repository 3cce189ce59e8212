/** Jobs of trials that a pause has put aside in the middle of their epochs, for a year or until their sweep goes on. */
import { advanceJob, epochOfJob, sweepIdOf } from '@honyaku/contracts';
import { hasEnded } from '@honyaku/sweep-engine';
import { type Queues } from '../queues/queues.ts';
import { type SweepStore } from '../store/sweep-store.ts';

/** What is put back for trouble comes again within seconds; what is delayed for longer was put aside by a pause. */
const parkedMilliseconds = 3_600_000;

interface Dependencies {
  readonly queues: Queues;
  readonly store: SweepStore;
}

/** Removes those of sweeps that have ended since, and lets those go on whose sweep's resumption has missed them. */
export async function lookAfterParkedJobs({ queues, store }: Dependencies): Promise<void> {
  for (const jobId of await queues.putAsideFor(parkedMilliseconds)) {
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

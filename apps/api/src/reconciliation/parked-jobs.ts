/** Jobs that a pause interrupted in the middle of an epoch: delayed by a year, or until their sweep is resumed. */
import { sweepIdOf } from '@honyaku/contracts';
import { hasEnded } from '@honyaku/sweep-engine';
import { flowOfJob } from '../queues/flow-jobs.ts';
import { type Queues } from '../queues/queues.ts';
import { type SweepStore } from '../store/sweep-store.ts';

/** Jobs that are put back for another reason are delayed by seconds; a longer delay means a pause. */
const parkedMilliseconds = 3_600_000;

interface Dependencies {
  readonly queues: Queues;
  readonly store: SweepStore;
}

/** Removes parked jobs of ended sweeps, and promotes those of running sweeps that the resumption missed. */
export async function reconcileParkedJobs({ queues, store }: Dependencies): Promise<void> {
  for (const jobId of await queues.putAsideFor(parkedMilliseconds)) {
    const flow = flowOfJob(jobId);
    const sweep = flow && (await store.readableRow(sweepIdOf(flow.trialId)));
    if (!flow || !sweep) continue;
    if (hasEnded(sweep.state)) await queues.removeFlow(flow);
    const job = await queues.job('trials', jobId);
    if (!job || !(await job.isDelayed())) continue;
    // Removing the flow may have missed the job, if the rest of the flow is gone already.
    if (hasEnded(sweep.state)) await job.remove();
    else if (sweep.state === 'running') await job.promote();
  }
}

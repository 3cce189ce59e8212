import {
  advanceJob,
  beginJob,
  concludeJob,
  evaluateJob,
  scoreJob,
  trainEpochJob,
  trialIdOf,
} from '@honyaku/contracts';
import { expect, it } from 'vitest';
import { flowOfJob, jobsOfFlow } from './flow-jobs.ts';

const lastJobOfFlow = (jobId: string) => {
  const flow = flowOfJob(jobId);
  return flow && jobsOfFlow(flow).last.id;
};

it('ids of an epoch’s jobs lead to the control job that ends their flow', () => {
  const epoch = { trialId: trialIdOf('nb-8549ec', 12), epoch: 3 };
  for (const job of [trainEpochJob, evaluateJob, advanceJob])
    expect(lastJobOfFlow(job.id(epoch))).toBe(advanceJob.id(epoch));
  for (const job of [scoreJob, concludeJob]) expect(lastJobOfFlow(job.id(epoch))).toBe(concludeJob.id(epoch));
  expect(lastJobOfFlow(beginJob.id({ sweepId: 'nb-8549ec' }))).toBeUndefined();
});

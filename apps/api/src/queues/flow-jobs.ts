/** The jobs of a flow, in BullMQ's form and by their names; ids and options come from the jobs' declarations. */
import {
  type JobToAdd,
  type QueueName,
  advanceJob,
  concludeJob,
  epochOfJob,
  evaluateJob,
  jobToAdd,
  lastJobOfFlow,
  scoreJob,
  trainEpochJob,
} from '@honyaku/contracts';
import { type Flow } from '@honyaku/sweep-engine';
import { type FlowJob } from 'bullmq';

/** Where a job is found. */
export interface JobName {
  readonly queue: QueueName;
  readonly id: string;
}

export interface FlowJobs {
  /** Of the workers, in their order. */
  readonly work: readonly [first: JobName, ...others: JobName[]];
  /** The control job that waits for the others. */
  readonly last: JobName;
}

export function jobsOfFlow(flow: Pick<Flow, 'type' | 'trialId' | 'epoch'>): FlowJobs {
  const named = <Identity>(
    { queue, id }: { readonly queue: QueueName; readonly id: (identity: Identity) => string },
    identity: Identity,
  ) => ({ queue, id: id(identity) });
  return flow.type === 'score'
    ? { work: [named(scoreJob, flow)], last: named(concludeJob, flow) }
    : { work: [named(trainEpochJob, flow), named(evaluateJob, flow)], last: named(advanceJob, flow) };
}

/** The jobs of the flow that a job belongs to; undefined for jobs that belong to no epoch. */
export function flowOfJob(jobId: string): FlowJobs | undefined {
  const epoch = epochOfJob(jobId);
  if (!epoch) return undefined;
  const isScore = lastJobOfFlow(jobId) === concludeJob.id(epoch);
  return jobsOfFlow({ type: isScore ? 'score' : 'epoch', ...epoch });
}

/** advance ← evaluate ← train-epoch, or conclude ← score. @param priority of the workers' jobs, as BullMQ counts */
export function flowToAdd(flow: Flow, priority: number, prefix: string): FlowJob {
  const { sweepId, trialId, epoch, config } = flow;
  const id = { sweepId, trialId, epoch };
  const inItsTurn = ({ opts, ...job }: JobToAdd) => ({ ...job, prefix, opts: { ...opts, priority } });
  if (flow.type === 'score')
    return {
      ...jobToAdd(concludeJob, id),
      prefix,
      children: [inItsTurn(jobToAdd(scoreJob, { ...id, config }))],
    };
  const { type, ...training } = flow;
  const { from, ...evaluation } = training;
  return {
    ...jobToAdd(advanceJob, id),
    prefix,
    children: [
      {
        ...inItsTurn(jobToAdd(evaluateJob, evaluation)),
        children: [inItsTurn(jobToAdd(trainEpochJob, training))],
      },
    ],
  };
}

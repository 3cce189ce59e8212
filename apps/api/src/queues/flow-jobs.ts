/** The jobs of a flow, in BullMQ's form and by their names; ids and options come from the jobs' declarations. */
import {
  type JobToAdd,
  type QueueName,
  advanceJob,
  concludeJob,
  epochOfJob,
  evaluateJob,
  jobToAdd,
  scoreJob,
  trainEpochJob,
} from '@honyaku/contracts';
import { type Flow } from '@honyaku/sweep-engine';
import { type FlowJob } from 'bullmq';

/** By what a flow is known: its kind and its epoch. */
export type FlowName = Pick<Flow, 'type' | 'trialId' | 'epoch'>;

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

/** The name of a declared job. */
export function jobNameOf<Identity>(
  { queue, id }: { readonly queue: QueueName; readonly id: (identity: Identity) => string },
  identity: Identity,
): JobName {
  return { queue, id: id(identity) };
}

export function jobsOfFlow(flow: FlowName): FlowJobs {
  return flow.type === 'score'
    ? { work: [jobNameOf(scoreJob, flow)], last: jobNameOf(concludeJob, flow) }
    : {
        work: [jobNameOf(trainEpochJob, flow), jobNameOf(evaluateJob, flow)],
        last: jobNameOf(advanceJob, flow),
      };
}

/** The flow that a job belongs to, parsed from its id; undefined for jobs that belong to no epoch. */
export function flowOfJob(jobId: string): FlowName | undefined {
  const epoch = epochOfJob(jobId);
  if (!epoch) return undefined;
  const isScore = [scoreJob, concludeJob].some(({ id }) => id(epoch) === jobId);
  return { type: isScore ? 'score' : 'epoch', ...epoch };
}

/** advance ← evaluate ← train-epoch, or conclude ← score. @param priority of the workers' jobs, as BullMQ counts */
export function flowToAdd(flow: Flow, priority: number, prefix: string): FlowJob {
  const { sweepId, trialId, epoch, config, dev, decoding } = flow;
  const id = { sweepId, trialId, epoch };
  const inItsTurn = ({ opts, ...job }: JobToAdd) => ({ ...job, prefix, opts: { ...opts, priority } });
  if (flow.type === 'score')
    return {
      ...jobToAdd(concludeJob, id),
      prefix,
      children: [inItsTurn(jobToAdd(scoreJob, { ...id, config, dev, decoding }))],
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

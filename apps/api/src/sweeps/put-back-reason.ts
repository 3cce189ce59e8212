/** Why a sweep makes no progress: the reason for which its jobs were put back to the queue. */
import {
  Unavailable,
  beginJob,
  messageOf,
  preprocessJob,
  sweepIdOfJob,
  trialNumberOf,
} from '@honyaku/contracts';
import { type SweepRow, neededFlows } from '@honyaku/sweep-engine';
import { type JobName, flowOfJob, jobNameOf, jobsOfFlow } from '../queues/flow-jobs.ts';
import { type PutBacksOfJob, type Queues } from '../queues/queues.ts';
import { type SweepCache } from '../store/sweep-cache.ts';
import { isOfOneSweep } from '../store/unreadable-sweeps.ts';

/** Trials whose jobs are read; the others of the sweep are usually put back for the same reason. */
const maxTrials = 50;

export class PutBackReason {
  constructor(
    private readonly queues: Queues,
    private readonly cache: SweepCache,
  ) {}

  /** One sentence; undefined when no job has been put back since it last made progress. */
  async of(sweep: SweepRow): Promise<string | undefined> {
    try {
      return sentence(await this.queues.putBacks(await this.jobsOf(sweep)));
    } catch (error) {
      // The sweep waits for what keeps its jobs from being known: its log, or the bucket.
      if (isOfOneSweep(error) || error instanceof Unavailable) return messageOf(error);
      throw error;
    }
  }

  private async jobsOf({ id, state, spec }: SweepRow): Promise<JobName[]> {
    if (state === 'preparing')
      return [
        jobNameOf(preprocessJob, { corpus: spec.corpus.digest, settings: spec.dataset }),
        jobNameOf(beginJob, { sweepId: id }),
      ];
    if (state !== 'running') return [];
    const flows = neededFlows((await this.cache.of(id)).state).slice(0, maxTrials);
    return flows.map(jobsOfFlow).flatMap(({ work, last }) => [...work, last]);
  }
}

function sentence([worst]: readonly PutBacksOfJob[]): string | undefined {
  if (!worst) return undefined;
  const { jobId, times, first, last } = worst;
  const flow = flowOfJob(jobId);
  const ofSweep = sweepIdOfJob(jobId) === undefined ? 'the dataset' : 'the start of the sweep';
  const ofEpoch = flow && `trial ${trialNumberOf(flow.trialId)}, epoch ${flow.epoch},`;
  const what = ofEpoch ? `${flow.type === 'score' ? 'the score of ' : ''}${ofEpoch}` : ofSweep;
  return `${what} was put back ${times} ${times === 1 ? 'time' : 'times'} since ${first.at}: ${last.reason}`;
}

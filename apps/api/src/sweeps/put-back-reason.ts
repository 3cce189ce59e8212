/** Why a sweep that has not ended does not get on: what its jobs were put back for. */
import { epochOfJob, evaluateJob, preprocessJob, trainEpochJob, trialNumberOf } from '@honyaku/contracts';
import { type SweepRow, neededFlows } from '@honyaku/sweep-engine';
import { type Redis } from 'ioredis';
import { type PutBacksOfJob, putBacksOf } from '../queues/put-backs.ts';
import { type SweepCache } from '../store/sweep-cache.ts';

/** Trials that are asked about; the others of a sweep wait for the same. */
const mostTrials = 50;

export class PutBackReason {
  constructor(
    private readonly redis: Redis,
    private readonly cache: SweepCache,
  ) {}

  /** One sentence; undefined where no job was put back since it got on. */
  async of({ id, state, spec }: SweepRow): Promise<string | undefined> {
    if (state === 'preparing') {
      const job = preprocessJob.id({ corpus: spec.corpus.digest, settings: spec.dataset });
      return sentence(await putBacksOf(this.redis, 'preprocess', [job]));
    }
    if (state !== 'running') return undefined;
    const flows = neededFlows((await this.cache.of(id)).state).slice(0, mostTrials);
    const jobs = flows.flatMap((flow) => [trainEpochJob.id(flow), evaluateJob.id(flow)]);
    return sentence(await putBacksOf(this.redis, 'trials', jobs));
  }
}

function sentence([worst]: readonly PutBacksOfJob[]): string | undefined {
  if (!worst) return undefined;
  const { jobId, times, first, last } = worst;
  const epoch = epochOfJob(jobId);
  const what = epoch ? `trial ${trialNumberOf(epoch.trialId)}, epoch ${epoch.epoch},` : 'the dataset';
  return `${what} was put back ${times} ${times === 1 ? 'time' : 'times'} since ${first.at}: ${last.reason}`;
}

/** Why a sweep that has not ended does not get on: what its jobs were put back for. */
import {
  advanceJob,
  beginJob,
  epochOfJob,
  evaluateJob,
  preprocessJob,
  sweepIdOfJob,
  trainEpochJob,
  trialNumberOf,
} from '@honyaku/contracts';
import { type SweepRow, neededFlows } from '@honyaku/sweep-engine';
import { type JobName, type PutBacksOfJob, type Queues } from '../queues/queues.ts';
import { type SweepCache } from '../store/sweep-cache.ts';

/** Trials that are asked about; the others of a sweep wait for the same. */
const mostTrials = 50;

export class PutBackReason {
  constructor(
    private readonly queues: Queues,
    private readonly cache: SweepCache,
  ) {}

  /** One sentence; undefined where no job was put back since it got on. */
  async of(sweep: SweepRow): Promise<string | undefined> {
    return sentence(await this.queues.putBacks(await this.jobsOf(sweep)));
  }

  private async jobsOf({ id, state, spec }: SweepRow): Promise<JobName[]> {
    if (state === 'preparing')
      return [
        nameOf(preprocessJob, { corpus: spec.corpus.digest, settings: spec.dataset }),
        nameOf(beginJob, { sweepId: id }),
      ];
    if (state !== 'running') return [];
    const flows = neededFlows((await this.cache.of(id)).state).slice(0, mostTrials);
    return flows.flatMap((flow) =>
      [trainEpochJob, evaluateJob, advanceJob].map((declared) => nameOf(declared, flow)),
    );
  }
}

function nameOf<Identity>(
  { queue, id }: { readonly queue: JobName['queue']; readonly id: (identity: Identity) => string },
  identity: Identity,
): JobName {
  return { queue, id: id(identity) };
}

function sentence([worst]: readonly PutBacksOfJob[]): string | undefined {
  if (!worst) return undefined;
  const { jobId, times, first, last } = worst;
  const epoch = epochOfJob(jobId);
  const ofSweep = sweepIdOfJob(jobId) === undefined ? 'the dataset' : 'the start of the sweep';
  const what = epoch ? `trial ${trialNumberOf(epoch.trialId)}, epoch ${epoch.epoch},` : ofSweep;
  return `${what} was put back ${times} ${times === 1 ? 'time' : 'times'} since ${first.at}: ${last.reason}`;
}

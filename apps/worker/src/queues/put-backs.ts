/**
 * What a job was put back for. It is kept with the job, so that all workers together give it up in time, also those
 * that were started since, and so that `show` can tell.
 */
import { messageOf, PutBack, putBacksIn, toJson } from '@honyaku/contracts';
import type { Job, Queue } from 'bullmq';
import type { Logger } from 'pino';

export type PutBackKind = 'child lost' | 'unavailable';

/** Of one kind, since the job has last got on. */
export interface Streak {
  readonly times: number;
  /** Since the first of them. */
  readonly milliseconds: number;
}

export class PutBacks {
  constructor(
    private readonly queue: Queue,
    private readonly logger: Logger,
  ) {}

  /** Adds one to the job's log. @returns how often and for how long it happens, this time included */
  async add(job: Pick<Job, 'id' | 'log'>, kind: PutBackKind, reason: string): Promise<Streak> {
    const at = new Date();
    await job.log(toJson(PutBack, { at: at.toISOString(), kind, reason }));
    const { logs } = await this.queue.getJobLogs(job.id ?? '');
    const same = putBacksIn(logs).filter((each) => each.kind === kind);
    const first = Date.parse(same[0]?.at ?? at.toISOString());
    return { times: same.length, milliseconds: at.getTime() - first };
  }

  /** The job has got on: what comes now has a cause of its own. */
  forget(job: Job): void {
    job.clearLogs().catch((error: unknown) => {
      this.logger.debug({ job: job.id, reason: messageOf(error) }, 'its log was not cleared');
    });
  }
}

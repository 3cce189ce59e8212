/**
 * Why a job was put back, kept in the job's own log: all workers together, also those started since, fail it in time,
 * and `show` reports it.
 */
import { messageOf, PutBack, putBacksIn, toJson } from '@honyaku/contracts';
import type { Job, Queue } from 'bullmq';
import type { Logger } from 'pino';

export type PutBackKind = 'child lost' | 'unavailable';

/** Consecutive put-backs of one kind, since the job's last progress. */
export interface Streak {
  readonly times: number;
  /** Since the first of these put-backs. */
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

  /** The job has made progress: a later failure has a cause of its own. */
  forget(job: Job): void {
    job.clearLogs().catch((error: unknown) => {
      this.logger.debug({ job: job.id, reason: messageOf(error) }, 'its log was not cleared');
    });
  }
}

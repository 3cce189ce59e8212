/**
 * Why a job was put back and why its tries failed, kept in the job's own log: all workers together, also those started
 * since, fail it in time, `show` reports what it is put back for, and the API reads of which kind its failure is.
 */
import { FailedTry, type JobFailure, messageOf, PutBack, putBacksIn, toJson } from '@honyaku/contracts';
import type { Job, Queue } from 'bullmq';
import type { Logger } from 'pino';

export type PutBackKind = 'child lost' | 'unavailable' | 'newer version';

/** Put-backs of one kind since the job's last progress. */
export interface Streak {
  readonly times: number;
  /** Since the first of these put-backs. */
  readonly milliseconds: number;
}

export class JobLog {
  constructor(
    private readonly queue: Queue,
    private readonly logger: Logger,
  ) {}

  /** Adds a put-back. @returns how often and for how long it happens, this time included */
  async putBack(job: Pick<Job, 'id' | 'log'>, kind: PutBackKind, reason: string): Promise<Streak> {
    const at = new Date();
    await job.log(toJson(PutBack, { at: at.toISOString(), kind, reason }));
    const { logs } = await this.queue.getJobLogs(job.id ?? '');
    const same = putBacksIn(logs).filter((each) => each.kind === kind);
    const first = Date.parse(same[0]?.at ?? at.toISOString());
    return { times: same.length, milliseconds: at.getTime() - first };
  }

  /** Adds a failed try. Without Redis the text of the failure has to do. */
  async failed(job: Pick<Job, 'id' | 'log' | 'attemptsMade'>, failure: JobFailure): Promise<void> {
    const at = new Date().toISOString();
    await job
      .log(toJson(FailedTry, { at, failedTry: job.attemptsMade + 1, failure }))
      .catch((error: unknown) => {
        this.logger.debug(
          { job: job.id, reason: messageOf(error) },
          'its failure was not written to its log',
        );
      });
  }

  /** The job has made progress: a later failure has a cause of its own. */
  forget(job: Job): void {
    job.clearLogs().catch((error: unknown) => {
      this.logger.debug({ job: job.id, reason: messageOf(error) }, 'its log was not cleared');
    });
  }
}

/**
 * Records put-backs and failed attempts in the job's own log, which all workers share, so that the limits of the failure
 * policy hold across workers, `show` reports why a job was put back, and the API reads the kind of its failure.
 */
import { FailedTry, type JobFailure, messageOf, putBackLine, putBacksIn, toJson } from '@honyaku/contracts';
import type { Job, Queue } from 'bullmq';
import type { Logger } from 'pino';

export type PutBackKind = 'worker lost' | 'lock lost' | 'child lost' | 'unavailable' | 'newer version';

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

  /** Adds a put-back. @returns the streak that it belongs to, including itself */
  async putBack(job: Pick<Job, 'id' | 'log'>, kind: PutBackKind, reason: string): Promise<Streak> {
    await job.log(putBackLine(kind, reason));
    return this.streak(job.id ?? '', kind);
  }

  /**
   * Adds that the job went back to the queue because its lock had expired.
   * @param workerLives whether that worker is known to live; else most likely it was killed, which has a limit
   */
  lockExpired(jobId: string, workerLives: boolean): void {
    const reason = "could not renew the job's lock: the machine is too busy, or Redis did not answer";
    const line = workerLives
      ? putBackLine('lock lost', `its worker ${reason}`)
      : putBackLine('worker lost', `its worker was lost, or ${reason}`);
    this.queue.addJobLog(jobId, line).catch((error: unknown) => {
      this.logger.debug(
        { job: jobId, reason: messageOf(error) },
        'a put-back was not written to the job log',
      );
    });
  }

  /** How often the job has been put back for this, and since when. */
  async streak(jobId: string, kind: PutBackKind): Promise<Streak> {
    const { logs } = await this.queue.getJobLogs(jobId);
    const same = putBacksIn(logs).filter((each) => each.kind === kind);
    const now = Date.now();
    return { times: same.length, milliseconds: now - Date.parse(same[0]?.at ?? new Date(now).toISOString()) };
  }

  /** Adds a failed attempt. If Redis is unavailable, the API falls back on the text of the failure. */
  async failed(job: Pick<Job, 'id' | 'log' | 'attemptsMade'>, failure: JobFailure): Promise<void> {
    const at = new Date().toISOString();
    await job
      .log(toJson(FailedTry, { at, failedTry: job.attemptsMade + 1, failure }))
      .catch((error: unknown) => {
        this.logger.debug(
          { job: job.id, reason: messageOf(error) },
          'the failure was not written to the job log',
        );
      });
  }

  /** Clears the log after progress, since a later failure has another cause. */
  clear(job: Job): void {
    job.clearLogs().catch((error: unknown) => {
      this.logger.debug({ job: job.id, reason: messageOf(error) }, 'the job log was not cleared');
    });
  }
}

/** What this worker remembers of jobs that went wrong here. */
import { setTimeout as delay } from 'node:timers/promises';

/** How long a job that failed here is left to other workers, if there are any. */
const avoidedMilliseconds = 30_000;

export class SecondChances {
  private readonly failedAt = new Map<string, number>();

  /** A job failed here for a reason of its own. */
  failed(jobId: string): void {
    this.failedAt.set(jobId, Date.now());
    // So that a worker which lives for months does not remember every job.
    void delay(avoidedMilliseconds, undefined, { ref: false }).then(() => this.failedAt.delete(jobId));
  }

  /** Whether another worker should rather try this job. */
  avoids(jobId: string): boolean {
    return this.failedAt.has(jobId);
  }
}

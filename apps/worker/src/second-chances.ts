/** What this worker remembers of jobs that went wrong here. */
import { setTimeout as delay } from 'node:timers/promises';

/** How long a job that failed here is left to other workers, if there are any. */
const avoidedMilliseconds = 30_000;

export class SecondChances {
  private readonly failedAt = new Map<string, number>();
  private readonly counts = new Map<string, number>();

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

  /** How often this happened to the job here, this time included. */
  count(jobId: string, what: 'lost child' | 'unavailable'): number {
    const key = `${what} ${jobId}`;
    const times = (this.counts.get(key) ?? 0) + 1;
    this.counts.set(key, times);
    return times;
  }

  /** The job is done with. */
  forget(jobId: string): void {
    for (const what of ['lost child', 'unavailable']) this.counts.delete(`${what} ${jobId}`);
  }
}

/**
 * What becomes of a job that failed. A failure that is not the job's fault (a lost child, an unreachable bucket, a
 * worker that drains) puts the job back without costing a try.
 */
import { setTimeout as delay } from 'node:timers/promises';
import {
  Cancelled,
  ChildLost,
  failureText,
  HonyakuError,
  type JobFailure,
  kindOf,
  leftToNewerMilliseconds,
  messageOf,
  NewerVersion,
  OutOfMemory,
  Unavailable,
} from '@honyaku/contracts';
import { DelayedError, type Job, UnrecoverableError, WaitingError } from 'bullmq';
import type { JobLog } from './job-log.ts';

/** A job that was put back this long and this often for an unavailable service, without progress, fails. */
const unavailable = { milliseconds: 2 * 3600 * 1000, times: 8 };
const putBackMilliseconds = 15_000;
const lostChildMilliseconds = 500;
/** A child process that dies this often in one job, on any worker, is the job's fault: most likely out of memory. */
const mostLostChildren = 5;
/** Resuming the sweep promotes a paused job; the delay only bounds a pause that nobody ends. */
const pausedMilliseconds = 365 * 24 * 3600 * 1000;

interface Failed {
  readonly job: Pick<Job, 'id' | 'attemptsMade' | 'log' | 'moveToDelayed' | 'moveToWait'>;
  readonly token: string | undefined;
  /** Why the job was cancelled, if it was. */
  readonly because: unknown;
  readonly chances: SecondChances;
  readonly log: Pick<JobLog, 'putBack' | 'failed'>;
  /** Whether other processes use the same memory, as on a GPU. */
  readonly sharesMemory: boolean;
}

/** Puts the job back where the policy says so. @returns the error by which BullMQ learns what to do with the job */
export async function applyFailurePolicy(
  error: unknown,
  { job, token, because, chances, log, sharesMemory }: Failed,
): Promise<Error> {
  const failure = { kind: kindOf(error), reason: messageOf(error) };
  const putBack = async (milliseconds: number) => {
    await job.moveToDelayed(Date.now() + milliseconds, token);
    return new DelayedError();
  };
  const fail = async (why: JobFailure) => {
    await log.failed(job, why);
    return new UnrecoverableError(failureText(why));
  };
  /** Costs a try, for which other workers come first. */
  const tryAgain = async (why: JobFailure) => {
    await log.failed(job, why);
    chances.failed(job.id ?? '');
    return error instanceof HonyakuError || !(error instanceof Error)
      ? new Error(failureText(why), { cause: error })
      : Object.assign(error, { message: failureText(why) });
  };
  if (error instanceof Cancelled) {
    if (because === 'cancelled') return fail(failure);
    if (because === 'paused') return putBack(pausedMilliseconds);
    // The worker is closing or has lost the lock; in the latter case BullMQ rightly refuses the move.
    await job.moveToWait(token);
    return new WaitingError();
  }
  if (error instanceof ChildLost) {
    const { times } = await log.putBack(job, 'child lost', failure.reason);
    if (times < mostLostChildren) return putBack(lostChildMilliseconds);
    const reason = `${failure.reason}, ${mostLostChildren} times`;
    return sharesMemory ? tryAgain({ kind: 'OutOfMemory', reason }) : fail({ kind: 'OutOfMemory', reason });
  }
  if (error instanceof NewerVersion) {
    // However often: that this worker is older than the job, or than what it reads, is no fault of its trial.
    await log.putBack(job, 'newer version', failure.reason);
    return putBack(leftToNewerMilliseconds);
  }
  if (error instanceof Unavailable) {
    const { times, milliseconds } = await log.putBack(job, 'unavailable', failure.reason);
    const isOver = times >= unavailable.times && milliseconds >= unavailable.milliseconds;
    return isOver ? fail(failure) : putBack(putBackMilliseconds);
  }
  const final =
    ['InvalidInput', 'Corrupt', 'NotFound'].includes(failure.kind) ||
    // Where other processes share the memory it may fit later or elsewhere; it costs a try, as it may fit nowhere.
    (error instanceof OutOfMemory && !sharesMemory);
  return final ? fail(failure) : tryAgain(failure);
}

/** How long a job that failed on this worker is left to others. */
const avoidedMilliseconds = 30_000;

/** Jobs that went wrong on this worker, which another worker should rather try. */
export class SecondChances {
  private readonly failedAt = new Map<string, number>();

  /** Remembers that a job failed on this worker. */
  failed(jobId: string): void {
    this.failedAt.set(jobId, Date.now());
    // A worker that lives for months must not remember every job.
    void delay(avoidedMilliseconds, undefined, { ref: false }).then(() => this.failedAt.delete(jobId));
  }

  /** Whether another worker should try this job first. */
  avoids(jobId: string): boolean {
    return this.failedAt.has(jobId);
  }
}

/**
 * Decides whether a failed job is retried, put back or failed for good. A failure that is not the job's fault (a lost
 * child process, an unreachable bucket, a draining worker) puts the job back without costing an attempt.
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

/** A job fails after it was put back for this long and this often, because of an unavailable service, without progress. */
const unavailable = { milliseconds: 2 * 3600 * 1000, times: 8 };
const putBackMilliseconds = 15_000;
const lostChildMilliseconds = 500;
/** If its child process dies this often, on any worker, the job is at fault: most likely it ran out of memory. */
const mostLostChildren = 5;
/** Machines are taken away and processes killed, but not this often in a row by chance in one job. */
const mostLostWorkers = 20;
/** Resuming the sweep promotes a paused job; the delay only bounds a pause that is never ended. */
const pausedMilliseconds = 365 * 24 * 3600 * 1000;

interface FailureContext {
  readonly job: Pick<Job, 'id' | 'attemptsMade' | 'log' | 'moveToDelayed' | 'moveToWait'>;
  readonly token: string | undefined;
  /** Why the job was cancelled, if it was. */
  readonly because: unknown;
  /** Whether the worker holds the job's lock still, as far as it knows. */
  readonly holdsLock: boolean;
  readonly recentFailures: RecentJobs;
  readonly log: Pick<JobLog, 'putBack' | 'failed'>;
  /** Whether other processes use the same memory, as on a GPU. */
  readonly sharesMemory: boolean;
}

/** Puts the job back if the policy says so. @returns the error to throw, which tells BullMQ what to do with the job */
export async function applyFailurePolicy(
  error: unknown,
  { job, token, because, holdsLock, recentFailures, log, sharesMemory }: FailureContext,
): Promise<Error> {
  // Another delivery has the job by now, or will have it: its place in the queue and its log are no longer this worker's.
  if (!holdsLock) return new WaitingError();
  const failure = { kind: kindOf(error), reason: messageOf(error) };
  const putBack = async (milliseconds: number) => {
    await job.moveToDelayed(Date.now() + milliseconds, token);
    return new DelayedError();
  };
  const fail = async (jobFailure: JobFailure) => {
    await log.failed(job, jobFailure);
    return new UnrecoverableError(failureText(jobFailure));
  };
  /** Costs an attempt; the next one goes to another worker if possible. */
  const retry = async (jobFailure: JobFailure) => {
    await log.failed(job, jobFailure);
    recentFailures.add(job.id ?? '');
    return error instanceof HonyakuError || !(error instanceof Error)
      ? new Error(failureText(jobFailure), { cause: error })
      : Object.assign(error, { message: failureText(jobFailure) });
  };
  if (error instanceof Cancelled) {
    if (because === 'cancelled') return fail(failure);
    if (because === 'paused') return putBack(pausedMilliseconds);
    // The worker is closing.
    await job.moveToWait(token);
    return new WaitingError();
  }
  if (error instanceof ChildLost) {
    const { times } = await log.putBack(job, 'child lost', failure.reason);
    if (times < mostLostChildren) return putBack(lostChildMilliseconds);
    const reason = `${failure.reason}, ${mostLostChildren} times`;
    return sharesMemory ? retry({ kind: 'OutOfMemory', reason }) : fail({ kind: 'OutOfMemory', reason });
  }
  if (error instanceof NewerVersion) {
    // Without limit: a trial must not fail only because an old worker received its job.
    await log.putBack(job, 'newer version', failure.reason);
    return putBack(leftToNewerMilliseconds);
  }
  if (error instanceof Unavailable) {
    const { times, milliseconds } = await log.putBack(job, 'unavailable', failure.reason);
    const isTooLong = times >= unavailable.times && milliseconds >= unavailable.milliseconds;
    return isTooLong ? fail(failure) : putBack(putBackMilliseconds);
  }
  const final =
    ['InvalidInput', 'Corrupt', 'NotFound'].includes(failure.kind) ||
    // In shared memory it may fit later or elsewhere; the retry costs an attempt, as it may fit nowhere.
    (error instanceof OutOfMemory && !sharesMemory);
  return final ? fail(failure) : retry(failure);
}

/** @throws OutOfMemory when one worker after the other was lost with the job, without any progress between */
export async function refuseIfItLosesWorkers(jobId: string, log: Pick<JobLog, 'streak'>): Promise<void> {
  const { times } = await log.streak(jobId, 'worker lost');
  if (times < mostLostWorkers) return;
  throw new OutOfMemory(
    `its worker was lost ${times} times without progress: most likely the job needs more memory than a worker may use, or the machine is too busy`,
  );
}

/** A job that failed on this worker is left to other workers for this long; an expired lock is found sooner. */
const rememberedMilliseconds = 30_000;

/** Jobs that failed or lost their lock on this worker a short while ago. */
export class RecentJobs {
  private readonly addedAt = new Map<string, number>();

  add(jobId: string): void {
    const now = Date.now();
    this.addedAt.set(jobId, now);
    // Bounds the memory of a long-lived worker.
    void delay(rememberedMilliseconds, undefined, { ref: false }).then(() => {
      if (this.addedAt.get(jobId) === now) this.addedAt.delete(jobId);
    });
  }

  has(jobId: string): boolean {
    return this.addedAt.has(jobId);
  }
}

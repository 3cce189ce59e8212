/**
 * What becomes of a job that failed. A failure that is not the job's fault (a lost child, an unreachable bucket, a
 * worker that drains) puts the job back without costing a try.
 */
import { setTimeout as delay } from 'node:timers/promises';
import {
  Cancelled,
  ChildLost,
  HonyakuError,
  kindOf,
  messageOf,
  OutOfMemory,
  Unavailable,
} from '@honyaku/contracts';
import { DelayedError, type Job, UnrecoverableError, WaitingError } from 'bullmq';
import type { PutBacks } from './put-backs.ts';

/** A job that is put back so long and so often for a service that is away, and has not got on meanwhile, is given up. */
const unavailable = { milliseconds: 2 * 3600 * 1000, times: 8 };
const putBackMilliseconds = 15_000;
const lostChildMilliseconds = 500;
/** A child that dies this often under one job, on whichever workers, is the job's fault: out of memory, most likely. */
const mostLostChildren = 5;
/** A paused epoch is taken up when its sweep is resumed, at the latest by a forgotten pause. */
const pausedMilliseconds = 365 * 24 * 3600 * 1000;

interface Failed {
  readonly job: Pick<Job, 'id' | 'log' | 'moveToDelayed' | 'moveToWait'>;
  readonly token: string | undefined;
  /** Why the job was told to stop, when it was. */
  readonly because: unknown;
  readonly chances: SecondChances;
  readonly putBacks: Pick<PutBacks, 'add'>;
  /** Whether other processes may use the memory that ran out, as on a GPU. */
  readonly sharesMemory: boolean;
}

/** Puts the job back where the policy says so. @returns the error by which BullMQ learns what to do with the job */
export async function applyFailurePolicy(
  error: unknown,
  { job, token, because, chances, putBacks, sharesMemory }: Failed,
): Promise<Error> {
  const id = job.id ?? '';
  const reason = `${kindOf(error)}: ${messageOf(error)}`;
  const putBack = async (milliseconds: number) => {
    await job.moveToDelayed(Date.now() + milliseconds, token);
    return new DelayedError();
  };
  if (error instanceof Cancelled) {
    if (because === 'cancelled') return new UnrecoverableError(reason);
    if (because === 'paused') return putBack(pausedMilliseconds);
    // By a worker that closes, or that lost the lock; in the latter case the move is refused, rightly.
    await job.moveToWait(token);
    return new WaitingError();
  }
  if (error instanceof ChildLost) {
    const { times } = await putBacks.add(job, 'child lost', messageOf(error));
    if (times < mostLostChildren) return putBack(lostChildMilliseconds);
    const lost = `OutOfMemory: ${messageOf(error)}, ${mostLostChildren} times`;
    if (!sharesMemory) return new UnrecoverableError(lost);
    chances.failed(id);
    return new Error(lost, { cause: error });
  }
  if (error instanceof Unavailable) {
    const { times, milliseconds } = await putBacks.add(job, 'unavailable', messageOf(error));
    const isOver = times >= unavailable.times && milliseconds >= unavailable.milliseconds;
    if (!isOver) return putBack(putBackMilliseconds);
    return new UnrecoverableError(reason);
  }
  const final =
    ['InvalidInput', 'Corrupt', 'NotFound'].includes(kindOf(error)) ||
    // Elsewhere it may fit; it costs a try, for it may also be too large for any.
    (error instanceof OutOfMemory && !sharesMemory);
  if (final) return new UnrecoverableError(reason);
  chances.failed(id);
  return error instanceof HonyakuError || !(error instanceof Error)
    ? new Error(reason, { cause: error })
    : Object.assign(error, { message: reason });
}

/** How long a job that failed here is left to other workers, if there are any. */
const avoidedMilliseconds = 30_000;

/** Jobs that went wrong on this worker, which another worker should rather try. */
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

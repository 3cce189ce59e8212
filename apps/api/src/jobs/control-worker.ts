/** Runs the control queue's jobs in the API: each handler decides and enqueues, none computes. */
import {
  InvalidInput,
  type JobHandler,
  Unavailable,
  UnreadablePayload,
  collectJob,
  concludeJob,
  epochOfJob,
  failureText,
  kindOf,
  messageOf,
  sweepIdOfJob,
} from '@honyaku/contracts';
import { type Job, UnrecoverableError, type Worker } from 'bullmq';
import { type Logger } from 'pino';
import { serveQueue } from '../queues/serve-queue.ts';
import { isOfRedis } from '../redis/connection.ts';
import { type EpochOfSweep } from './advance.ts';

/** Says that a job has to wait for something that is under way and wants to look again later. */
export class TryLater extends Error {
  constructor(readonly milliseconds: number) {
    super(`try again in ${milliseconds} ms`);
  }
}

interface Control {
  readonly handlers: readonly JobHandler<[]>[];
  /** Ends a sweep whose job cannot be done. */
  readonly giveUp: (sweepId: string, reason: string) => Promise<void>;
  /** Ends the wait for a score whose outcome cannot be recorded; its sweep goes on without it. */
  readonly giveUpScore: (scored: EpochOfSweep, reason: string) => Promise<void>;
}

/** @throws Bug when a job of the control queue has no handler, or two */
export function startControlWorker(
  redisUrl: string,
  prefix: string,
  { handlers, giveUp, giveUpScore }: Control,
  logger: Logger,
): Worker {
  return serveQueue({
    queue: 'control',
    redisUrl,
    prefix,
    handlers,
    onError: async (job, error, putBack) => {
      if (error instanceof TryLater) return putBack(error.milliseconds);
      if (!failsForGood(job, error)) return error;
      const text = failureText({ kind: kindOf(error), reason: messageOf(error) });
      const jobId = job.id ?? '';
      const sweepId = sweepIdOfJob(jobId);
      const epoch = epochOfJob(jobId);
      const reason = `${jobId} failed ${job.attemptsMade + 1} times: ${text}`;
      // A sweep waits for each of its jobs but that which collects its garbage.
      if (sweepId !== undefined && job.name !== collectJob.name)
        await (epoch && job.name === concludeJob.name
          ? giveUpScore({ sweepId, ...epoch }, reason)
          : giveUp(sweepId, reason));
      return new UnrecoverableError(text);
    },
    logger,
  });
}

/** Whether another try comes to the same: with Redis or the bucket back it would not. */
function failsForGood(job: Job, error: unknown): boolean {
  if (error instanceof Unavailable || isOfRedis(error)) return false;
  const isLast = job.attemptsMade + 1 >= (job.opts.attempts ?? 1);
  return isLast || error instanceof InvalidInput || error instanceof UnreadablePayload;
}

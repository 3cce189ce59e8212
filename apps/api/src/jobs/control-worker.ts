/** Runs the control queue's jobs in the API: each handler decides and enqueues, none computes. */
import {
  InvalidInput,
  type JobHandler,
  Unavailable,
  UnreadablePayload,
  collectJob,
  failureText,
  kindOf,
  messageOf,
  sweepIdOfJob,
} from '@honyaku/contracts';
import { type Job, UnrecoverableError, type Worker } from 'bullmq';
import { type Logger } from 'pino';
import { serveQueue } from '../queues/serve-queue.ts';
import { isOfRedis } from '../redis/connection.ts';

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
}

/** @throws Bug when a job of the control queue has no handler, or two */
export function startControlWorker(
  redisUrl: string,
  prefix: string,
  { handlers, giveUp }: Control,
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
      const sweepId = sweepIdOfJob(job.id ?? '');
      // A sweep waits for each of its jobs but that which collects its garbage.
      if (sweepId !== undefined && job.name !== collectJob.name)
        await giveUp(sweepId, `${job.id} failed ${job.attemptsMade + 1} times: ${text}`);
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

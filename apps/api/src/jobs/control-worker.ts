/** Runs the control queue's jobs in the API: each handler decides and enqueues, none computes. */
import {
  Corrupt,
  InvalidInput,
  Unavailable,
  advanceJob,
  beginJob,
  collectJob,
  fromJson,
  kindOf,
  lockTimings,
  messageOf,
  sweepIdOfJob,
} from '@honyaku/contracts';
import { tracedQueue } from '@honyaku/telemetry';
import { DelayedError, type Job, UnrecoverableError, Worker } from 'bullmq';
import { type Logger } from 'pino';
import { isOfRedis, queueConnection } from '../redis/connection.ts';

/** Says that a job has to wait for something that is under way and wants to look again later. */
export class TryLater extends Error {
  constructor(readonly milliseconds: number) {
    super(`try again in ${milliseconds} ms`);
  }
}

export interface ControlHandlers {
  readonly begin: (sweepId: string) => Promise<void>;
  readonly collect: (sweepId: string) => Promise<unknown>;
  readonly advance: (payload: { sweepId: string; trialId: string; epoch: number }) => Promise<void>;
  /** Ends a sweep whose job cannot be done. */
  readonly giveUp: (sweepId: string, reason: string) => Promise<void>;
}

export function startControlWorker(
  redisUrl: string,
  prefix: string,
  handlers: ControlHandlers,
  logger: Logger,
): Worker {
  const worker = new Worker(
    'control',
    async (job, token) => {
      try {
        await handle(job, handlers);
      } catch (error) {
        if (error instanceof TryLater) {
          await job.moveToDelayed(Date.now() + error.milliseconds, token);
          throw new DelayedError();
        }
        if (!failsForGood(job, error)) throw error;
        await giveUp(job, error, handlers);
        throw new UnrecoverableError(`${kindOf(error)}: ${messageOf(error)}`);
      }
      return {};
    },
    {
      connection: queueConnection(redisUrl),
      prefix,
      // They mostly wait, and those of one sweep that wait together are decided together.
      concurrency: 64,
      ...lockTimings,
      ...tracedQueue(),
      // A stall is a lost process, not a fault of the job, and is counted over the job's whole life.
      maxStalledCount: 1_000,
      // Seconds: with the default of 5, a job that arrives as another process dies waits that much longer.
      drainDelay: 1,
    },
  );
  worker.on('error', (error) => logger.warn({ reason: error.message }, 'control queue'));
  worker.on('failed', (job, error) => {
    logger.warn(
      { job: job?.id, attempts: job?.attemptsMade, reason: messageOf(error) },
      'control job failed',
    );
  });
  return worker;
}

/** Whether another try comes to the same: with Redis or the bucket back it would not. */
function failsForGood(job: Job, error: unknown): boolean {
  const isLast = job.attemptsMade + 1 >= (job.opts.attempts ?? 1);
  return (isLast || error instanceof InvalidInput) && !(error instanceof Unavailable) && !isOfRedis(error);
}

/** A sweep waits for each of its jobs but that which collects its garbage. */
async function giveUp(job: Job, error: unknown, { giveUp: end }: ControlHandlers): Promise<void> {
  const sweepId = sweepIdOfJob(job.id ?? '');
  if (sweepId === undefined || job.name === collectJob.name) return;
  const times = job.attemptsMade + 1;
  await end(sweepId, `${job.id} failed ${times} times: ${kindOf(error)}: ${messageOf(error)}`);
}

async function handle(job: Job, handlers: ControlHandlers): Promise<unknown> {
  const text = JSON.stringify(job.data);
  switch (job.name) {
    case beginJob.name:
      return handlers.begin(fromJson(beginJob.payload, text, `job ${job.id}`).sweepId);
    case collectJob.name:
      return handlers.collect(fromJson(collectJob.payload, text, `job ${job.id}`).sweepId);
    case advanceJob.name:
      return handlers.advance(fromJson(advanceJob.payload, text, `job ${job.id}`));
    default:
      throw new Corrupt(`the control queue has no job named ${job.name}`);
  }
}

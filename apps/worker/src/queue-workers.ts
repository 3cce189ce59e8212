/**
 * BullMQ's workers: takes deliveries, hands them to the job's handler, and tells apart why one failed. What is
 * not the job's fault (a lost child, an unreachable bucket, a drained worker) puts it back without costing a try.
 */
import {
  Cancelled,
  Corrupt,
  evaluateJob,
  HonyakuError,
  InvalidInput,
  kindOf,
  lockTimings,
  messageOf,
  NotFound,
  parseInput,
  preprocessJob,
  queuePrefix,
  trainEpochJob,
  Unavailable,
} from '@honyaku/contracts';
import { ChildLost } from '@honyaku/tensor-process';
import { DelayedError, type Job, UnrecoverableError, WaitingError, Worker } from 'bullmq';
import type { Logger } from 'pino';
import { z } from 'zod';
import { evaluate } from './jobs/evaluate.ts';
import type { Delivery, WorkerParts } from './jobs/job-context.ts';
import { preprocess } from './jobs/preprocess.ts';
import { trainEpoch } from './jobs/train-epoch.ts';

export type Role = 'preprocess' | 'trials';

type Handler = (parts: WorkerParts, data: unknown, delivery: Delivery) => Promise<unknown>;

interface Declaration<Payload extends z.ZodType, Result extends z.ZodType> {
  readonly name: string;
  readonly queue: string;
  readonly payload: Payload;
  readonly result: Result;
}

/** Binds a declared job to its handler: payload and result pass through its schemas. */
function bind<Payload extends z.ZodType, Result extends z.ZodType>(
  job: Declaration<Payload, Result>,
  handler: (parts: WorkerParts, payload: z.output<Payload>, delivery: Delivery) => Promise<z.output<Result>>,
) {
  const handle: Handler = async (parts, data, delivery) =>
    z.encode(job.result, await handler(parts, parseInput(job.payload, data, job.name), delivery));
  return { name: job.name, queue: job.queue, handle };
}

const bindings = [
  bind(preprocessJob, preprocess),
  bind(trainEpochJob, trainEpoch),
  bind(evaluateJob, evaluate),
];

/** Names of the jobs that a worker knows what to do with, by queue. */
export const handledJobs: readonly { readonly name: string; readonly queue: string }[] = bindings;

/** A job that is put back this often by an unreachable service, some two hours, is failed after all. */
const mostPutBacks = 400;
const putBackMilliseconds = 15_000;
const lostChildMilliseconds = 500;
/** A child that dies this often under one job is the job's fault: out of memory, most likely. */
const mostLostChildren = 5;

/** Starts serving a role's queue, one job at a time. */
export function startQueueWorker(role: Role, redisUrl: string, parts: WorkerParts): Worker {
  const handlers = new Map(
    bindings.filter(({ queue }) => queue === role).map(({ name, handle }) => [name, handle]),
  );
  const process = async (job: Job, token?: string, signal?: AbortSignal): Promise<unknown> => {
    const handle = handlers.get(job.name);
    if (!handle) throw new UnrecoverableError(`Bug: no handler for the job ${job.name}`);
    const finish = parts.metrics.jobSeconds.startTimer({ job: job.name });
    const logger = parts.logger.child({ job: job.id });
    try {
      logger.info('started');
      const result = await handle(parts, job.data, deliveryOf(job, signal, logger));
      finish({ outcome: 'completed' });
      logger.info('completed');
      return result;
    } catch (error) {
      finish({ outcome: kindOf(error) });
      logger.warn({ kind: kindOf(error), reason: messageOf(error) }, 'not completed');
      throw await verdict(error, job, token);
    }
  };
  const worker = new Worker(role, process, {
    connection: { url: redisUrl, retryStrategy: () => 1000, maxRetriesPerRequest: null },
    prefix: queuePrefix,
    concurrency: 1,
    drainDelay: 1,
    ...lockTimings,
    // Counted over a job's whole life; losing its worker is never the job's fault.
    maxStalledCount: 1_000_000,
  });
  worker.on('error', (error) => parts.logger.warn({ reason: error.message }, 'queue'));
  worker.on('lockRenewalFailed', (jobIds: string[]) => {
    for (const id of jobIds) worker.cancelJob(id, 'its lock could not be renewed');
  });
  return worker;
}

function deliveryOf(job: Job, signal: AbortSignal | undefined, logger: Logger): Delivery {
  return {
    attemptsStarted: job.attemptsStarted,
    signal: signal ?? new AbortController().signal,
    report: (progress) => {
      job
        .updateProgress(progress)
        .catch((error: unknown) => logger.debug({ reason: messageOf(error) }, 'progress not reported'));
    },
  };
}

/** What BullMQ is to be told of a failure. */
async function verdict(error: unknown, job: Job, token: string | undefined): Promise<Error> {
  // By a worker that closes, or that lost the lock; in the latter case the move is refused, rightly.
  if (error instanceof Cancelled) {
    await job.moveToWait(token);
    return new WaitingError();
  }
  if (error instanceof ChildLost && job.attemptsStarted <= mostLostChildren) {
    await job.moveToDelayed(Date.now() + lostChildMilliseconds, token);
    return new DelayedError();
  }
  if (error instanceof Unavailable && !(error instanceof ChildLost) && job.attemptsStarted <= mostPutBacks) {
    await job.moveToDelayed(Date.now() + putBackMilliseconds, token);
    return new DelayedError();
  }
  const reason = `${kindOf(error)}: ${messageOf(error)}`;
  const final = error instanceof InvalidInput || error instanceof Corrupt || error instanceof NotFound;
  if (final) return new UnrecoverableError(reason);
  return error instanceof HonyakuError || !(error instanceof Error)
    ? new Error(reason, { cause: error })
    : Object.assign(error, { message: reason });
}

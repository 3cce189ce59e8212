/** BullMQ's workers: takes deliveries and hands them to the job's handler. */
import {
  Cancelled,
  ChildLost,
  evaluateJob,
  kindOf,
  lockTimings,
  messageOf,
  OutOfMemory,
  parseInput,
  preprocessJob,
  type StopNotice,
  sweepIdOfJob,
  trainEpochJob,
} from '@honyaku/contracts';
import { tracedQueue } from '@honyaku/telemetry';
import { DelayedError, type Job, Queue, UnrecoverableError, Worker } from 'bullmq';
import type { Logger } from 'pino';
import { z } from 'zod';
import { isGone } from '../machine/device.ts';
import { evaluate } from '../jobs/evaluate.ts';
import type { Delivery } from '../jobs/job-context.ts';
import type { WorkerContext } from '../jobs/worker-context.ts';
import { preprocess } from '../jobs/preprocess.ts';
import { trainEpoch } from '../jobs/train-epoch.ts';
import { PutBacks } from './put-backs.ts';
import { applyFailurePolicy, SecondChances } from './failure-policy.ts';

export type Role = 'preprocess' | 'trials';

type Handler = (context: WorkerContext, data: unknown, delivery: Delivery) => Promise<unknown>;

interface Declaration<Payload extends z.ZodType, Result extends z.ZodType> {
  readonly name: string;
  readonly queue: string;
  readonly payload: Payload;
  readonly result: Result;
}

/** Binds a declared job to its handler: payload and result pass through its schemas. */
function bind<Payload extends z.ZodType, Result extends z.ZodType>(
  job: Declaration<Payload, Result>,
  handler: (
    context: WorkerContext,
    payload: z.output<Payload>,
    delivery: Delivery,
  ) => Promise<z.output<Result>>,
) {
  const handle: Handler = async (context, data, delivery) =>
    z.encode(job.result, await handler(context, parseInput(job.payload, data, job.name), delivery));
  return { name: job.name, queue: job.queue, handle };
}

const bindings = [
  bind(preprocessJob, preprocess),
  bind(trainEpochJob, trainEpoch),
  bind(evaluateJob, evaluate),
];

/** Names of the jobs that a worker knows what to do with, by queue. */
export const handledJobs: readonly { readonly name: string; readonly queue: string }[] = bindings;

const leftToOthersMilliseconds = 1_000;

export interface QueueWorker {
  readonly worker: Worker;
  readonly isBusy: () => boolean;
  /** Stops what is done here for the sweep, at its next step. */
  readonly stopSweep: (notice: StopNotice) => void;
  readonly close: () => Promise<void>;
}

/** Starts serving a role's queue, one job at a time. */
export function startQueueWorker(
  role: Role,
  redis: { readonly url: string; readonly prefix: string },
  context: WorkerContext,
): QueueWorker {
  const { url, prefix } = redis;
  const connection = { url, retryStrategy: () => 1000, maxRetriesPerRequest: null };
  const queue = new Queue(role, {
    connection: { ...connection, maxRetriesPerRequest: 1, commandTimeout: 5_000 },
    prefix,
  });
  queue.on('error', (error) => context.logger.debug({ reason: error.message }, 'queue'));
  /** Running jobs, each with the latest stop notice of its sweep. */
  const running = new Map<string, StopNotice['because'] | undefined>();
  const handlers = new Map(
    bindings.filter(({ queue }) => queue === role).map(({ name, handle }) => [name, handle]),
  );
  const chances = new SecondChances();
  const putBacks = new PutBacks(queue, context.logger);
  const process = async (job: Job, token?: string, signal?: AbortSignal): Promise<unknown> => {
    const handle = handlers.get(job.name);
    if (!handle) throw new UnrecoverableError(`Bug: no handler for the job ${job.name}`);
    if (chances.avoids(job.id ?? '') && (await queue.getWorkersCount()) > 1) {
      await job.moveToDelayed(Date.now() + leftToOthersMilliseconds, token);
      throw new DelayedError();
    }
    if (job.attemptsStarted > 1) context.metrics.redeliveries.inc({ job_name: job.name });
    const finish = context.metrics.jobSeconds.startTimer({ job_name: job.name });
    const logger = context.logger.child({ job: job.id });
    running.set(job.id ?? '', undefined);
    try {
      logger.info('started');
      const result = await handle(context, job.data, deliveryOf(job, queue, putBacks, signal, logger));
      finish({ outcome: 'completed' });
      logger.info('completed');
      return result;
    } catch (error) {
      finish({ outcome: kindOf(error) });
      logger.warn({ kind: kindOf(error), reason: messageOf(error) }, 'not completed');
      const because = running.get(job.id ?? '') ?? signal?.reason;
      const cause = await causeOnDevice(error, context);
      const sharesMemory = context.device.type === 'gpu';
      throw await applyFailurePolicy(cause, { job, token, because, chances, putBacks, sharesMemory });
    } finally {
      running.delete(job.id ?? '');
    }
  };
  const worker = new Worker(role, process, {
    connection,
    prefix,
    concurrency: 1,
    drainDelay: 1,
    ...lockTimings,
    ...tracedQueue(),
    // Counted over a job's whole life; losing its worker is never the job's fault.
    maxStalledCount: 1_000_000,
  });
  worker.on('error', (error) => context.logger.warn({ reason: error.message }, 'queue'));
  worker.on('stalled', () => context.metrics.stalledJobs.inc({ queue: role }));
  worker.on('lockRenewalFailed', (jobIds: string[]) => {
    for (const id of jobIds) worker.cancelJob(id, 'its lock could not be renewed');
  });
  return {
    worker,
    isBusy: () => running.size > 0,
    stopSweep: ({ sweepId, because }) => {
      for (const id of running.keys()) {
        if (sweepIdOfJob(id) !== sweepId) continue;
        // A signal keeps the reason that it was given first; a cancelled sweep may have been paused before.
        running.set(id, because);
        worker.cancelJob(id, because);
      }
    },
    close: async () => {
      await worker.close();
      await queue.close();
    },
  };
}

/**
 * What a failure comes to on this worker's device. A tensor process that ran out of memory holds what it has, which
 * others may need; a GPU that is gone ends the worker, and its job goes elsewhere at no cost in tries.
 */
async function causeOnDevice(
  error: unknown,
  { device, trials, end, logger }: WorkerContext,
): Promise<unknown> {
  if (error instanceof OutOfMemory) await trials.stop();
  if (!(error instanceof ChildLost) || !(await isGone(device))) return error;
  const reason = 'TensorFlow cannot use the GPU any more';
  logger.error({ device, reason: messageOf(error) }, reason);
  end(reason);
  return new Cancelled(reason, { cause: error });
}

function deliveryOf(
  job: Job,
  queue: Queue,
  putBacks: PutBacks,
  signal: AbortSignal | undefined,
  logger: Logger,
): Delivery {
  return {
    attemptsStarted: job.attemptsStarted,
    newestAttempt: async () => {
      try {
        return (await queue.getJob(job.id ?? ''))?.attemptsStarted;
      } catch (error) {
        logger.debug({ reason: messageOf(error) }, 'Redis does not tell whose turn it is');
        return undefined;
      }
    },
    othersWait: async () => {
      try {
        const { wait = 0, prioritized = 0 } = await queue.getJobCounts('wait', 'prioritized');
        return wait + prioritized > 0;
      } catch (error) {
        logger.debug({ reason: messageOf(error) }, 'Redis does not tell who waits');
        return true;
      }
    },
    gotOn: () => putBacks.forget(job),
    signal: signal ?? new AbortController().signal,
    report: (progress) => {
      job
        .updateProgress(progress)
        .catch((error: unknown) => logger.debug({ reason: messageOf(error) }, 'progress not reported'));
    },
  };
}

/** BullMQ workers, which pass each delivery to the job's handler. */
import {
  Cancelled,
  ChildLost,
  consumerOptions,
  evaluateJob,
  handlerOf,
  handlersOf,
  type JobHandler,
  kindOf,
  messageOf,
  OutOfMemory,
  preprocessJob,
  scoreJob,
  type StopNotice,
  sweepIdOfJob,
  trainEpochJob,
} from '@honyaku/contracts';
import { notTooOften, tracedQueue } from '@honyaku/telemetry';
import { DelayedError, type Job, Queue, Worker } from 'bullmq';
import type { Logger } from 'pino';
import { isGone } from '../machine/device.ts';
import { evaluate } from '../jobs/evaluate.ts';
import type { Delivery } from '../jobs/job-context.ts';
import type { WorkerContext } from '../jobs/worker-context.ts';
import { preprocess } from '../jobs/preprocess.ts';
import { score } from '../jobs/score.ts';
import { trainEpoch } from '../jobs/train-epoch.ts';
import { JobLog } from './job-log.ts';
import { applyFailurePolicy, RecentJobs, refuseIfItLosesWorkers } from './failure-policy.ts';

export type Role = 'preprocess' | 'trials';

/** The handlers of all jobs of the worker queues. */
export const handlers: readonly JobHandler<[context: WorkerContext, delivery: Delivery]>[] = [
  handlerOf(preprocessJob, (payload, context: WorkerContext, delivery: Delivery) =>
    preprocess(context, payload, delivery),
  ),
  handlerOf(trainEpochJob, (payload, context: WorkerContext, delivery: Delivery) =>
    trainEpoch(context, payload, delivery),
  ),
  handlerOf(evaluateJob, (payload, context: WorkerContext, delivery: Delivery) =>
    evaluate(context, payload, delivery),
  ),
  handlerOf(scoreJob, (payload, context: WorkerContext, delivery: Delivery) =>
    score(context, payload, delivery),
  ),
];

const leftToOthersMilliseconds = 1_000;

interface RunningJob {
  /** By the latest stop notice of its sweep. */
  stopped?: StopNotice['because'];
  holdsLock: boolean;
}

export interface QueueWorker {
  readonly worker: Worker;
  readonly isBusy: () => boolean;
  /** Stops the sweep's running job at its next step. */
  readonly stopSweep: (notice: StopNotice) => void;
  readonly close: () => Promise<void>;
}

/**
 * Starts serving a role's queue, one job at a time.
 * @throws Bug when a job of the queue has no handler, or two
 */
export function startQueueWorker(
  role: Role,
  redis: { readonly url: string; readonly prefix: string },
  context: WorkerContext,
  served = handlers,
): QueueWorker {
  const handle = handlersOf(role, served);
  const { url, prefix } = redis;
  const connection = { url, retryStrategy: () => 1000, maxRetriesPerRequest: null };
  const queue = new Queue(role, {
    connection: { ...connection, maxRetriesPerRequest: 1, commandTimeout: 5_000 },
    prefix,
  });
  queue.on('error', (error) => context.logger.debug({ reason: error.message }, 'queue'));
  const running = new Map<string, RunningJob>();
  const recentFailures = new RecentJobs();
  const lostLocks = new RecentJobs();
  const log = new JobLog(queue, context.logger);
  const process = async (job: Job, token?: string, signal?: AbortSignal): Promise<unknown> => {
    if (recentFailures.has(job.id ?? '') && (await queue.getWorkersCount()) > 1) {
      await job.moveToDelayed(Date.now() + leftToOthersMilliseconds, token);
      throw new DelayedError();
    }
    if (job.attemptsStarted > 1) context.metrics.redeliveries.inc({ job_name: job.name });
    const finish = context.metrics.jobSeconds.startTimer({ job_name: job.name });
    const logger = context.logger.child({ job: job.id });
    const delivery: RunningJob = { holdsLock: true };
    running.set(job.id ?? '', delivery);
    try {
      logger.info('started');
      if (job.stalledCounter > 0) await refuseIfItLosesWorkers(job.id ?? '', log);
      const result = await handle(job.name, job.data, context, deliveryOf(job, queue, log, signal, logger));
      finish({ outcome: 'completed' });
      logger.info('completed');
      return result;
    } catch (error) {
      finish({ outcome: kindOf(error) });
      logger.warn({ kind: kindOf(error), reason: messageOf(error) }, 'not completed');
      const { stopped, holdsLock } = delivery;
      const because = stopped ?? signal?.reason;
      const cause = await causeOnDevice(error, context);
      const sharesMemory = context.device.type === 'gpu';
      throw await applyFailurePolicy(cause, {
        ...{ job, token, because, holdsLock },
        ...{ recentFailures, log, sharesMemory },
      });
    } finally {
      running.delete(job.id ?? '');
    }
  };
  const worker = new Worker(role, process, {
    connection,
    prefix,
    ...consumerOptions[role],
    ...tracedQueue(),
  });
  worker.on(
    'error',
    notTooOften((error) => context.logger.warn({ reason: error.message }, 'queue')),
  );
  worker.on('stalled', (jobId) => {
    context.metrics.stalledJobs.inc({ queue: role });
    log.lockExpired(jobId, running.has(jobId) || lostLocks.has(jobId));
  });
  worker.on('lockRenewalFailed', (jobIds: string[]) => {
    for (const id of jobIds) {
      lostLocks.add(id);
      const job = running.get(id);
      if (job) job.holdsLock = false;
      worker.cancelJob(id, 'its lock could not be renewed');
    }
  });
  return {
    worker,
    isBusy: () => running.size > 0,
    stopSweep: ({ sweepId, because }) => {
      for (const [id, job] of running) {
        if (sweepIdOfJob(id) !== sweepId) continue;
        // An abort signal keeps its first reason, but a sweep may be cancelled after it was paused.
        job.stopped = because;
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
 * The cause of a failure, after a check of the device. A tensor process that ran out of memory is stopped, to free
 * memory for others. A lost GPU ends the worker, and its job is put back at no cost in attempts.
 */
async function causeOnDevice(
  error: unknown,
  { device, trials, end, logger }: WorkerContext,
): Promise<unknown> {
  if (error instanceof OutOfMemory) await trials.stop();
  if (!(error instanceof ChildLost) || !(await isGone(device))) return error;
  const reason = 'TensorFlow can no longer use the GPU';
  logger.error({ device, reason: messageOf(error) }, reason);
  end(reason);
  return new Cancelled(reason, { cause: error });
}

function deliveryOf(
  job: Job,
  queue: Queue,
  log: JobLog,
  signal: AbortSignal | undefined,
  logger: Logger,
): Delivery {
  return {
    attemptsStarted: job.attemptsStarted,
    newestAttempt: async () => {
      try {
        return (await queue.getJob(job.id ?? ''))?.attemptsStarted;
      } catch (error) {
        logger.debug({ reason: messageOf(error) }, 'the newest attempt is unknown');
        return undefined;
      }
    },
    otherJobsWait: async () => {
      try {
        const { wait = 0, prioritized = 0 } = await queue.getJobCounts('wait', 'prioritized');
        return wait + prioritized > 0;
      } catch (error) {
        logger.debug({ reason: messageOf(error) }, 'the number of waiting jobs is unknown');
        return true;
      }
    },
    onProgressStored: () => log.clear(job),
    signal: signal ?? new AbortController().signal,
    report: (progress) => {
      job
        .updateProgress(progress)
        .catch((error: unknown) => logger.debug({ reason: messageOf(error) }, 'progress not reported'));
    },
  };
}

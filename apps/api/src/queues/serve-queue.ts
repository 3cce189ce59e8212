/** Runs the jobs of a queue in the API, as their declarations say. */
import {
  type JobHandler,
  type QueueName,
  NewerVersion,
  consumerOptions,
  handlersOf,
  leftToNewerMilliseconds,
  messageOf,
  putBackLine,
} from '@honyaku/contracts';
import { notTooOften, tracedQueue } from '@honyaku/telemetry';
import { DelayedError, type Job, Worker } from 'bullmq';
import { type Logger } from 'pino';
import { queueConnection } from '../redis/connection.ts';

export interface ServedQueue {
  readonly queue: QueueName;
  readonly redisUrl: string;
  readonly prefix: string;
  readonly handlers: readonly JobHandler<[]>[];
  /** What BullMQ is to hear in place of the error, such as one after which it does not try again. */
  readonly onError?: (
    job: Job,
    error: unknown,
    putBack: (milliseconds: number) => Promise<Error>,
  ) => Promise<unknown>;
  readonly logger: Logger;
}

/** @throws Bug when a job of the queue has no handler, or two */
export function serveQueue({ queue, redisUrl, prefix, handlers, onError, logger }: ServedQueue): Worker {
  const handle = handlersOf(queue, handlers);
  const worker = new Worker(
    queue,
    async (job, token) => {
      const putBack = async (milliseconds: number) => {
        await job.moveToDelayed(Date.now() + milliseconds, token);
        return new DelayedError();
      };
      try {
        return await handle(job.name, job.data);
      } catch (error) {
        if (error instanceof NewerVersion) {
          await job.log(putBackLine('newer version', error.message));
          throw await putBack(leftToNewerMilliseconds);
        }
        throw onError ? await onError(job, error, putBack) : error;
      }
    },
    { connection: queueConnection(redisUrl), prefix, ...consumerOptions[queue], ...tracedQueue() },
  );
  worker.on(
    'error',
    notTooOften((error) => logger.warn({ queue, reason: error.message }, 'queue')),
  );
  worker.on('failed', (job, error) =>
    logger.warn(
      { queue, job: job?.id, attempts: job?.attemptsMade, reason: messageOf(error) },
      'a try of a job failed',
    ),
  );
  return worker;
}

/** Turns the trials queue's progress into live events. Every replica reads the queue itself. */
import { setTimeout as delay } from 'node:timers/promises';
import { TrainProgress, messageOf, parseTolerantly } from '@honyaku/contracts';
import { QueueEvents } from 'bullmq';
import { type Logger } from 'pino';
import { queueConnection } from '../redis/connection.ts';
import { type EventBus } from './event-bus.ts';

const againMilliseconds = 1_000;

/**
 * Follows from now on.
 * @param ignored told of each message that is no progress
 */
export async function followProgress(
  redisUrl: string,
  prefix: string,
  bus: EventBus,
  ignored: () => void,
  logger: Logger,
): Promise<QueueEvents> {
  const events = new QueueEvents('trials', {
    connection: queueConnection(redisUrl),
    prefix,
    autorun: false,
  });
  events.on('progress', ({ jobId, data }) => {
    const progress = parseTolerantly(TrainProgress, data);
    if (progress.success) {
      bus.progress(progress.data);
      return;
    }
    ignored();
    logger.debug({ job: jobId }, 'progress of another form');
  });
  events.on('error', (error) => logger.debug({ reason: error.message }, 'queue events'));
  await events.waitUntilReady();
  void keepReading(events, ignored, logger);
  return events;
}

/** BullMQ stops reading at the first event that is not JSON; it begins again after it. */
async function keepReading(events: QueueEvents, ignored: () => void, logger: Logger): Promise<void> {
  for (;;) {
    try {
      await events.run();
      return;
    } catch (error) {
      if (events.closing) return;
      if (error instanceof SyntaxError) ignored();
      logger.warn({ reason: messageOf(error) }, 'queue events are read anew');
      await delay(againMilliseconds, undefined, { ref: false });
    }
  }
}

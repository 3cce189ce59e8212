/** Turns progress in the trials queue into live events. Every replica reads the queue itself. */
import { setTimeout as delay } from 'node:timers/promises';
import { TrainProgress, messageOf, parseTolerantly } from '@honyaku/contracts';
import { QueueEvents } from 'bullmq';
import { type Logger } from 'pino';
import { queueConnection } from '../redis/connection.ts';
import { type EventBus } from './event-bus.ts';

const retryMilliseconds = 1_000;

/**
 * Follows the queue from now on.
 * @param ignored called for each message that cannot be read as progress
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
    logger.debug({ job: jobId }, 'a progress report could not be read');
  });
  events.on('error', (error) => logger.debug({ reason: error.message }, 'queue events'));
  await events.waitUntilReady();
  void keepReading(events, ignored, logger);
  return events;
}

/** BullMQ stops reading at an event that is not JSON; reading then continues after that event. */
async function keepReading(events: QueueEvents, ignored: () => void, logger: Logger): Promise<void> {
  for (;;) {
    try {
      await events.run();
      return;
    } catch (error) {
      if (events.closing) return;
      if (error instanceof SyntaxError) ignored();
      logger.warn({ reason: messageOf(error) }, 'reading queue events again');
      await delay(retryMilliseconds, undefined, { ref: false });
    }
  }
}

/** Turns the trials queue's progress into live events. Every replica reads the queue itself. */
import { TrainProgress, queuePrefix } from '@honyaku/contracts';
import { QueueEvents } from 'bullmq';
import { type Logger } from 'pino';
import { queueConnection } from '../redis/connection.ts';
import { type EventBus } from './event-bus.ts';

export function followProgress(redisUrl: string, bus: EventBus, logger: Logger): QueueEvents {
  const events = new QueueEvents('trials', { connection: queueConnection(redisUrl), prefix: queuePrefix });
  events.on('progress', ({ jobId, data }) => {
    const progress = TrainProgress.safeParse(data);
    if (progress.success) bus.progress(progress.data);
    else logger.debug({ job: jobId }, 'progress of another form');
  });
  events.on('error', (error) => logger.debug({ reason: error.message }, 'queue events'));
  return events;
}

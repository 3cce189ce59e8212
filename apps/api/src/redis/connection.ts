/** Connections to Redis: one with bounded waits for requests and handlers, and options for those that BullMQ opens. */
import { codeOf } from '@honyaku/contracts';
import { Redis } from 'ioredis';
import { type Logger } from 'pino';

/** Reconnects every second, without exponential back-off: after a short outage, job locks must not expire first. */
const retryStrategy = () => 1000;

/** Without Redis, commands fail after a few seconds instead of waiting forever. */
export function connectRedis(url: string, logger: Logger): Redis {
  const redis = new Redis(url, { retryStrategy, maxRetriesPerRequest: 3, commandTimeout: 10_000 });
  redis.on('error', (error) => logger.warn({ reason: error.message }, 'Redis does not answer'));
  return redis;
}

/** A connection for a subscription, which waits for Redis as long as it takes. */
export function connectSubscriber(url: string, logger: Logger): Redis {
  const redis = new Redis(url, { retryStrategy, maxRetriesPerRequest: null });
  redis.on('error', (error) => logger.debug({ reason: error.message }, 'Redis subscriber'));
  return redis;
}

/** Options for BullMQ's workers and event readers, which use blocking reads. */
export function queueConnection(url: string) {
  return { url, retryStrategy, maxRetriesPerRequest: null };
}

/** Options for adding jobs within a request or a handler, so with bounded waits. */
export function producerConnection(url: string) {
  return { url, retryStrategy, maxRetriesPerRequest: 3, commandTimeout: 10_000 };
}

const connectionErrors = /^(Command timed out|Connection is closed|Stream isn't writeable)/;

/** Whether Redis or the network caused the error, so that a retry may help. */
export function isOfRedis(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error.name === 'ReplyError' || error.name === 'MaxRetriesPerRequestError') return true;
  return connectionErrors.test(error.message) || /^E[A-Z]+$/.test(codeOf(error) ?? '');
}

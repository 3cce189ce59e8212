/** Connections to Redis: one for requests that must answer in time, options for BullMQ's own. */
import { codeOf } from '@honyaku/contracts';
import { Redis } from 'ioredis';
import { type Logger } from 'pino';

/** A short outage must end before a job's lock does, so every second is tried, without growing back-off. */
const retryStrategy = () => 1000;

/** Commands fail after a few seconds without Redis rather than wait for ever. */
export function connectRedis(url: string, logger: Logger): Redis {
  const redis = new Redis(url, { retryStrategy, maxRetriesPerRequest: 3, commandTimeout: 10_000 });
  redis.on('error', (error) => logger.warn({ reason: error.message }, 'Redis does not answer'));
  return redis;
}

/** A connection that only listens to a channel. */
export function connectSubscriber(url: string, logger: Logger): Redis {
  const redis = new Redis(url, { retryStrategy, maxRetriesPerRequest: null });
  redis.on('error', (error) => logger.debug({ reason: error.message }, 'Redis subscriber'));
  return redis;
}

/** For BullMQ's workers and event readers, whose reads block. */
export function queueConnection(url: string) {
  return { url, retryStrategy, maxRetriesPerRequest: null };
}

/** For adding jobs: within a request or a handler, so bounded. */
export function producerConnection(url: string) {
  return { url, retryStrategy, maxRetriesPerRequest: 3, commandTimeout: 10_000 };
}

const ofConnections = /^(Command timed out|Connection is closed|Stream isn't writeable)/;

/** Whether Redis, or the way to it, is to blame for the error: then trying again may help. */
export function isOfRedis(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error.name === 'ReplyError' || error.name === 'MaxRetriesPerRequestError') return true;
  return ofConnections.test(error.message) || /^E[A-Z]+$/.test(codeOf(error) ?? '');
}

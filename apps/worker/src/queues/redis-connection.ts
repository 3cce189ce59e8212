import { Redis } from 'ioredis';

/**
 * A separate connection for queries with a deadline: BullMQ's connections wait for Redis without a limit, so they
 * cannot detect that it is unavailable.
 */
export function connectRedis(url: string): Redis {
  return new Redis(url, { retryStrategy: () => 1000, maxRetriesPerRequest: 1, commandTimeout: 3_000 });
}

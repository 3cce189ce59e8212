import { Redis } from 'ioredis';

/**
 * A connection of its own for questions that must be answered in time: BullMQ's wait for Redis without a
 * limit, so they cannot tell that it is away.
 */
export function connectRedis(url: string): Redis {
  return new Redis(url, { retryStrategy: () => 1000, maxRetriesPerRequest: 1, commandTimeout: 3_000 });
}

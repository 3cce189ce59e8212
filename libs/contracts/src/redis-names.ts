/** Names of everything that an installation has in Redis. */
import { defaultRedisPrefix } from './environment.ts';
import { type SweepId } from './identifiers.ts';

export type RedisNames = ReturnType<typeof redisNames>;

/**
 * @param prefix differs between installations that share a database of a Redis
 * @param url of the Redis, whose path may name a database: channels are common to all databases of a server
 */
export function redisNames(prefix = defaultRedisPrefix, url = 'redis://') {
  const database = /^\/0*(\d+)$/.exec(new URL(url).pathname)?.[1] ?? '0';
  // Database 0 keeps the names of version 0.1.0, whose processes may still be at work.
  const channels = database === '0' ? prefix : `${prefix}:${database}`;
  return {
    prefix,
    /** Keys of BullMQ start with this. */
    queues: `${prefix}-queue`,
    /** Which bucket the names belong to. */
    installation: `${prefix}:installation`,
    sweepIndex: `${prefix}:sweeps`,
    sweep: (id: SweepId) => `${prefix}:sweep:${id}`,
    /** Fields of a change that is too large for one command, until it is whole. */
    sweepPart: (id: SweepId, draw: string) => `${prefix}:sweep-part:${id}:${draw}`,
    /** The next turn of each submitter, within one priority. */
    turns: (priority: number) => `${prefix}:turns:${priority}`,
    /** How far the reindex is. */
    reindex: `${prefix}:reindex`,
    eventCounter: `${prefix}:events:last`,
    /** Channels of publish/subscribe. */
    events: `${channels}:events`,
    stop: `${channels}:stop`,
  } as const;
}

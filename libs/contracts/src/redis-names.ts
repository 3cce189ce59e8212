/** Names of all keys, queues and channels of an installation in Redis. */
import { defaultRedisPrefix } from './environment.ts';
import { type SweepId } from './identifiers.ts';

export type RedisNames = ReturnType<typeof redisNames>;

/**
 * @param prefix must differ between installations that share a database of a Redis
 * @param url of the Redis, with the number of the database, since all databases of a server share their channels
 */
export function redisNames(prefix = defaultRedisPrefix, url = 'redis://') {
  const database = /^\/0*(\d+)$/.exec(new URL(url).pathname)?.[1] ?? '0';
  // Database 0 keeps the names of version 0.1.0, whose processes may still be running.
  const channels = database === '0' ? prefix : `${prefix}:${database}`;
  return {
    prefix,
    /** Prefix of BullMQ's keys. */
    queues: `${prefix}-queue`,
    /** Identifies the bucket that the names belong to. */
    installation: `${prefix}:installation`,
    /** Of one API process: missing when Redis has lost what the process knew to be there. */
    witness: (process: string) => `${prefix}:witness:${process}`,
    sweepIndex: `${prefix}:sweeps`,
    sweep: (id: SweepId) => `${prefix}:sweep:${id}`,
    /** Collects the fields of a change that is too large for one command. */
    sweepPart: (id: SweepId, draw: string) => `${prefix}:sweep-part:${id}:${draw}`,
    /** The next turn of each submitter within one priority. */
    turns: (priority: number) => `${prefix}:turns:${priority}`,
    /** Progress of the reindex. */
    reindex: `${prefix}:reindex`,
    eventCounter: `${prefix}:events:last`,
    /** Channels of publish/subscribe. */
    events: `${channels}:events`,
    stop: `${channels}:stop`,
  } as const;
}

/** Names of everything that an installation has in Redis. */
import { defaultRedisPrefix } from './environment.ts';
import { type SweepId } from './identifiers.ts';

export type RedisNames = ReturnType<typeof redisNames>;

/** @param prefix differs between installations that share a Redis */
export function redisNames(prefix = defaultRedisPrefix) {
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
    events: `${prefix}:events`,
    stop: `${prefix}:stop`,
  } as const;
}

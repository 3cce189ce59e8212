/** What honyaku needs of a Redis: that it answers, has the database, is no cluster, evicts nothing, and serves this bucket alone. */
import {
  Conflict,
  fromJson,
  InvalidInput,
  messageOf,
  type RedisNames,
  Unavailable,
  Bug,
  Corrupt,
  toJson,
} from '@honyaku/contracts';
import { type Redis } from 'ioredis';
import { z } from 'zod';
import { type ObjectStore } from './object-store.ts';
import { randomBytes } from 'node:crypto';

/** In Redis: whose the names are, and what that bucket was called when they were taken. */
const Owner = z.object({ id: z.string(), endpoint: z.string(), bucket: z.string() });
type Owner = z.output<typeof Owner>;

interface Log {
  warn(fields: object, message: string): void;
}

export class RedisRequirements {
  private readonly address: string;
  private disconnection: Error | undefined;
  private owner: Owner | undefined;
  private lastReason: string | undefined;

  constructor(
    private readonly redis: Redis,
    private readonly names: RedisNames,
    private readonly store: ObjectStore,
    private readonly log: Log,
  ) {
    const { host = '', port = '' } = redis.options;
    this.address = `${host.includes(':') ? `[${host}]` : host}:${port}`;
    redis.on('error', (error: Error) => (this.disconnection = error));
    redis.on('ready', () => (this.disconnection = undefined));
  }

  /**
   * @throws Unavailable when Redis does not answer within seconds, or refuses the password; InvalidInput when it does
   *   not have the database
   */
  async answers(): Promise<void> {
    try {
      await this.redis.ping();
    } catch (error) {
      // Says more than that the request was given up.
      const cause = this.disconnection ?? error;
      throw new Unavailable(`Redis does not answer at ${this.address}: ${messageOf(cause)}`, { cause });
    }
    await this.hasDatabase();
  }

  /** ioredis continues in database 0, which may be another installation's, when it cannot select the given one. */
  private async hasDatabase(): Promise<void> {
    const { db = 0 } = this.redis.options;
    if (db === 0) return;
    try {
      await this.redis.select(db);
    } catch (error) {
      // A cluster has database 0 only, and is refused as a cluster.
      if (/cluster/i.test(messageOf(error))) return;
      if (!/^(ERR|NOPERM)\b/.test(messageOf(error))) throw error;
      throw new InvalidInput(
        `Redis at ${this.address} cannot use database ${db} (${messageOf(error)}): choose another in HONYAKU_REDIS_URL, or raise \`databases\` in its configuration`,
        { cause: error },
      );
    }
  }

  /** @throws InvalidInput when a script may not use any two keys at once, as BullMQ's do */
  async isNoCluster(): Promise<void> {
    const keys = ['a', 'b', 'c', 'd'].map((name) => `${this.names.installation}:${name}`);
    try {
      await this.redis.eval('return redis.call("EXISTS", unpack(KEYS))', keys.length, ...keys);
    } catch (error) {
      if (!/^(CROSSSLOT|MOVED|ASK|CLUSTERDOWN)\b/.test(messageOf(error))) throw error;
      throw new InvalidInput(
        `Redis at ${this.address} is a cluster, which keeps keys apart that honyaku changes together (${messageOf(error)}): use one Redis, with a replica if it should survive`,
        { cause: error },
      );
    }
  }

  /**
   * Takes the names in Redis for the store's bucket.
   * @throws Conflict when they are another bucket's
   */
  async belongsToBucket(): Promise<void> {
    const { endpoint, bucket } = this.store;
    const owner = await this.currentOwner();
    const isSameBucket = owner?.endpoint === endpoint && owner.bucket === bucket;
    const { id } = await installationOf(this.store, isSameBucket ? owner.id : undefined);
    this.owner = { id, endpoint, bucket };
    await this.isStillOurs();
  }

  /** @throws Unavailable with what keeps this Redis from being used; a reason is logged when it is new */
  async check(): Promise<void> {
    try {
      await this.answers();
      await this.evictsNothing();
      await this.isStillOurs();
      this.lastReason = undefined;
    } catch (error) {
      const reason = messageOf(error);
      if (reason !== this.lastReason) this.log.warn({ reason }, 'not ready');
      this.lastReason = reason;
      throw error instanceof Conflict || error instanceof InvalidInput
        ? new Unavailable(reason, { cause: error })
        : error;
    }
  }

  private async evictsNothing(): Promise<void> {
    const [, policy = 'noeviction'] = /^maxmemory_policy:(\S+)/m.exec(await this.redis.info('memory')) ?? [];
    if (policy === 'noeviction') return;
    throw new Unavailable(
      `Redis at ${this.address} has maxmemory-policy ${policy} and drops jobs when its memory is full: set it to noeviction`,
    );
  }

  /** A Redis that has lost everything is taken again. */
  private async isStillOurs(): Promise<void> {
    if (!this.owner) return;
    await this.redis.setnx(this.names.installation, JSON.stringify(this.owner));
    const current = await this.currentOwner();
    if (!current || current.id === this.owner.id) return;
    const { bucket, endpoint } = this.owner;
    throw new Conflict(
      `what Redis at ${this.address} has under the prefix ${this.names.prefix} belongs to bucket ${current.bucket} at ${current.endpoint}, not to bucket ${bucket} at ${endpoint}: give one of the installations another HONYAKU_REDIS_PREFIX`,
    );
  }

  private async currentOwner(): Promise<Owner | undefined> {
    const text = await this.redis.get(this.names.installation);
    return text === null ? undefined : fromJson(Owner, text, `Redis key ${this.names.installation}`);
  }
}

/** Which installation a bucket belongs to: a random id in the bucket, whatever name the bucket goes by. */
export const Installation = z.object({
  id: z.string().regex(/^[0-9a-f]{32}$/),
  createdAt: z.iso.datetime(),
});
export type Installation = z.output<typeof Installation>;

const key = 'installation.json';

/**
 * The bucket's installation, which the first to ask creates.
 * @param remembered its id where the bucket has lost it: a bucket that is there keeps its id
 */
export async function installationOf(store: ObjectStore, remembered?: string): Promise<Installation> {
  const stored = await read(store);
  if (stored && stored !== 'unreadable') return stored;
  const fresh = {
    id: remembered ?? randomBytes(16).toString('hex'),
    createdAt: new Date().toISOString(),
  };
  if (stored === 'unreadable') await store.put(key, toJson(Installation, fresh));
  else await store.putIfAbsent(key, toJson(Installation, fresh));
  const now = await read(store);
  if (!now || now === 'unreadable') throw new Bug(`${key} is not in the bucket after it was put there`);
  return now;
}

async function read(store: ObjectStore): Promise<Installation | 'unreadable' | undefined> {
  try {
    return await store.getRecord(Installation, key);
  } catch (error) {
    if (error instanceof Corrupt) return 'unreadable';
    throw error;
  }
}

import { createServer } from 'node:net';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  Conflict,
  installedPaths,
  InvalidInput,
  messageOf,
  redisNames,
  Unavailable,
} from '@honyaku/contracts';
import {
  type EmbeddedObjectStore,
  type EmbeddedRedis,
  type EmbeddedServer,
  startObjectStore,
  startRedis,
  startServer,
} from '@honyaku/embedded';

import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startRelay } from '../test/tcp-relay.ts';
import { installationOf, RedisRequirements } from './redis-requirements.ts';
import { ObjectStore } from './object-store.ts';

let folder: string;
let server: EmbeddedObjectStore;
let redis: EmbeddedRedis;
let client: Redis;
const logged: object[] = [];
const clients: Redis[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'requirements-'));
  [server, redis] = await Promise.all([
    startObjectStore({ folder: join(folder, 'weed') }),
    startRedis({ folder: join(folder, 'redis') }),
  ]);
  client = connected(redis.url);
});
afterEach(async () => {
  await client.flushall();
  logged.length = 0;
});
afterAll(async () => {
  for (const each of clients) each.disconnect();
  await Promise.all([server.stop(), redis.stop()]);
  await rm(folder, { recursive: true });
});

const connected = (url: string) => {
  const made = new Redis(url, { retryStrategy: () => 200, maxRetriesPerRequest: 1, commandTimeout: 3_000 });
  made.on('error', () => undefined);
  clients.push(made);
  return made;
};
const bucket = async (name: string, endpoint = server.endpoint) => {
  const store = new ObjectStore({ ...server, endpoint, bucket: name, region: 'us-east-1' });
  await store.ensureBucket();
  return store;
};
const requirements = (store: ObjectStore, prefix?: string, of = client) =>
  new RedisRequirements(of, redisNames(prefix), store, { warn: (fields) => logged.push(fields) });
const failureOf = (attempt: Promise<unknown>) =>
  attempt.then(
    () => undefined,
    (error: unknown) => error,
  );

describe('two installations on one Redis', () => {
  it('are distinguished by their buckets: the second is refused, and welcome with a prefix of its own', async () => {
    const [first, second] = [await bucket('first'), await bucket('second')];
    await requirements(first).belongsToBucket();
    const failure = await failureOf(requirements(second).belongsToBucket());
    expect(failure).toBeInstanceOf(Conflict);
    expect(messageOf(failure)).toMatch(/prefix honyaku belongs to bucket first .* HONYAKU_REDIS_PREFIX/);
    await requirements(second, 'other').belongsToBucket();
    await requirements(first).belongsToBucket();
  });

  it('of which both start at once are one and a refused one', async () => {
    const stores = await Promise.all(['third', 'fourth'].map((name) => bucket(name)));
    const outcomes = await Promise.allSettled(stores.map((store) => requirements(store).belongsToBucket()));
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });
});

describe('an installation', () => {
  it('is the same for all its processes, however many start at once', async () => {
    const store = await bucket('parallel');
    await Promise.all(Array.from({ length: 8 }, () => requirements(store).belongsToBucket()));
  });

  it('keeps its Redis when its bucket goes by another name, and when the bucket has lost the record', async () => {
    const store = await bucket('known');
    await requirements(store).belongsToBucket();
    const { id } = await installationOf(store);
    const relay = await startRelay('127.0.0.1', Number(new URL(server.endpoint).port));
    await requirements(await bucket('known', `http://127.0.0.1:${relay.port}`)).belongsToBucket();
    relay.stop();
    await store.remove(['installation.json']);
    await requirements(store).belongsToBucket();
    await store.put('installation.json', '{"half');
    await requirements(store).belongsToBucket();
    expect((await installationOf(store)).id).toBe(id);
  });

  it('takes a Redis that has lost everything again, and is not ready when another has it meanwhile', async () => {
    const mine = requirements(await bucket('mine'));
    await mine.belongsToBucket();
    await client.flushall();
    await mine.check();
    await expect(requirements(await bucket('theirs')).belongsToBucket()).rejects.toThrow(Conflict);
    await client.flushall();
    await requirements(await bucket('theirs')).belongsToBucket();
    const failure = await failureOf(mine.check());
    expect(failure).toBeInstanceOf(Unavailable);
    expect(messageOf(failure)).toContain('belongs to bucket theirs');
  });
});

describe('a Redis', () => {
  it('that is a cluster is refused by name, before anything is in it', async () => {
    const cluster = await startCluster();
    try {
      const of = connected(`redis://127.0.0.1:${cluster.port}`);
      await of.call('CLUSTER', 'ADDSLOTS', ...Array.from({ length: 16_384 }, (_, slot) => slot));
      await expect.poll(() => of.cluster('INFO'), { timeout: 20_000 }).toContain('cluster_state:ok');
      const failure = await failureOf(requirements(await bucket('clustered'), undefined, of).isNoCluster());
      expect(failure).toBeInstanceOf(InvalidInput);
      expect(messageOf(failure)).toMatch(/127\.0\.0\.1:\d+ is a cluster.*CROSSSLOT/);
      expect(await of.dbsize()).toBe(0);
    } finally {
      await cluster.stop();
    }
    await requirements(await bucket('alone')).isNoCluster();
  });

  it('that does not have the database is refused by name, instead of being used with another one', async () => {
    const of = connected(`${redis.url}/99`);
    const failure = await failureOf(requirements(await bucket('numbered'), undefined, of).answers());
    expect(failure).toBeInstanceOf(InvalidInput);
    expect(messageOf(failure)).toMatch(
      /127\.0\.0\.1:\d+ cannot use database 99 .*out of range.*HONYAKU_REDIS_URL/,
    );
    await requirements(await bucket('numbered'), undefined, connected(`${redis.url}/15`)).answers();
  });

  it('that evicts keeps the service from being ready, with a reason that is logged once', async () => {
    const required = requirements(await bucket('evicting'));
    await client.config('SET', 'maxmemory-policy', 'allkeys-lru');
    try {
      for (let times = 0; times < 3; times += 1) {
        const failure = await failureOf(required.check());
        expect(failure).toBeInstanceOf(Unavailable);
        expect(messageOf(failure)).toMatch(/maxmemory-policy allkeys-lru .* noeviction/);
      }
    } finally {
      await client.config('SET', 'maxmemory-policy', 'noeviction');
    }
    expect(logged).toEqual([{ reason: expect.stringContaining('allkeys-lru') }]);
    await required.check();
  });

  it('that is away is named by its address, without its password', async () => {
    const port = await closedPort();
    const of = connected(`redis://:hidden@127.0.0.1:${port}`);
    const failure = await failureOf(requirements(await bucket('away'), undefined, of).answers());
    expect(failure).toBeInstanceOf(Unavailable);
    expect(messageOf(failure)).toContain(`Redis does not answer at 127.0.0.1:${port}: connect ECONNREFUSED`);
    expect(messageOf(failure)).not.toContain('hidden');
  });

  it('that refuses the password says so', async () => {
    const of = connected(redis.url.replace(/:[0-9a-f]{48}@/, ':wrong@'));
    const failure = await failureOf(requirements(await bucket('wrong-password'), undefined, of).answers());
    expect(messageOf(failure)).toMatch(/WRONGPASS/);
  });

  const hasIpv6 = networkInterfaces()['lo']?.some(({ address }) => address === '::1') ?? false;

  it.runIf(hasIpv6)('is found at an IPv6 address, by a password with every odd character', async () => {
    const password = 'a%b#c/d?e@f:g h';
    await client.call('ACL', 'SETUSER', 'odd', 'on', `>${password}`, '~*', '&*', '+@all');
    const relay = await startRelay('::1', redis.port);
    const of = connected(`redis://odd:${encodeURIComponent(password)}@[::1]:${relay.port}/0`);
    await requirements(await bucket('ipv6'), undefined, of).answers();
    expect(await of.call('ACL', 'WHOAMI')).toBe('odd');
    relay.stop();
  });
});

/** Its bus listens 10,000 above its port: below those that Linux gives to outgoing connections. */
async function startCluster(): Promise<EmbeddedServer & { readonly port: number }> {
  for (let attempt = 1; ; attempt += 1)
    try {
      return await startClusterOn(20_000 + Math.floor(Math.random() * 2_700));
    } catch (error) {
      // Somebody else has one of the two.
      if (attempt === 5) throw error;
    }
}

async function startClusterOn(port: number): Promise<EmbeddedServer & { readonly port: number }> {
  const configuration = [`port ${port}`, 'bind 127.0.0.1', `dir ${folder}`, 'save ""', 'cluster-enabled yes'];
  const cluster = await startServer({
    name: 'redis-cluster',
    program: installedPaths().redisServer,
    arguments: ['-'],
    input: [...configuration, ''].join('\n'),
    folder,
    logFile: join(folder, 'cluster.log'),
    answers: async () => {
      const probe = new Redis(port, { retryStrategy: () => null, lazyConnect: true });
      probe.on('error', () => undefined);
      const answer = await failureOf(probe.connect());
      probe.disconnect();
      return answer === undefined;
    },
    maxWaitSeconds: 20,
  });
  return { ...cluster, port };
}

/** A port that nobody listens on. */
async function closedPort(): Promise<number> {
  const listener = createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const address = listener.address();
  listener.close();
  await once(listener, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

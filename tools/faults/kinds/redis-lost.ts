/** Redis that comes back with less than it had. */
import { cp, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { type Fault, anyStep, recovery } from '../fault.ts';

const lostMilliseconds = 2_000;

export const redisTailLost: Fault = {
  name: "Redis's last two seconds lost",
  times: 3,
  inject: async (cluster, { sweepId, random }) => {
    await random();
    const folder = join(cluster.folder, 'redis');
    const earlier = join(cluster.folder, 'redis-earlier');
    await copyLog(folder, earlier);
    await delay(lostMilliseconds);
    return recovery(
      () =>
        cluster.restartRedis(async () => {
          await copyLog(earlier, folder);
          await rm(earlier, { recursive: true });
        }),
      () => anyStep(cluster, sweepId),
    );
  },
};

/** The append-only file: one file up to Redis 6, a folder of them from 7 on. */
async function copyLog(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  for (const name of await readdir(from)) {
    if (!name.startsWith('appendonly')) continue;
    await rm(join(to, name), { recursive: true, force: true });
    await cp(join(from, name), join(to, name), { recursive: true });
  }
}

export const redisWiped: Fault = {
  name: 'Redis wiped and reindexed',
  times: 3,
  inject: async (cluster, { sweepId, random }) => {
    await random();
    return recovery(
      async () => {
        await wipe(cluster.redis.url);
        await cluster.reindex();
      },
      () => anyStep(cluster, sweepId),
    );
  },
};

/** The bucket alone still knows of the sweep. */
export const redisWipedWithoutApi: Fault = {
  name: 'Redis wiped while no API ran',
  times: 2,
  inject: async (cluster, { sweepId, random }) => {
    await random();
    return recovery(
      async () => {
        await cluster.api.kill();
        await wipe(cluster.redis.url);
        await cluster.api.start();
      },
      () => anyStep(cluster, sweepId),
    );
  },
};

export async function wipe(url: string): Promise<void> {
  const redis = new Redis(url);
  await redis.flushall();
  redis.disconnect();
}

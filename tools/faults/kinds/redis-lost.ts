/** Redis that comes back with less than it had. */
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ReindexResult, paths } from '@honyaku/contracts';
import { Redis } from 'ioredis';
import { type Fault, anyStep, recovery } from '../fault.ts';

const lostMilliseconds = 2_000;

export const redisTailLost: Fault = {
  name: "Redis's last two seconds lost",
  times: 3,
  inflict: async (cluster, { random }) => {
    await random();
    const folder = join(cluster.folder, 'redis', 'appendonlydir');
    const earlier = join(cluster.folder, 'appendonlydir-earlier');
    await cp(folder, earlier, { recursive: true });
    await delay(lostMilliseconds);
    return recovery(
      () =>
        cluster.restartRedis(async () => {
          await rm(folder, { recursive: true });
          await cp(earlier, folder, { recursive: true });
          await rm(earlier, { recursive: true });
        }),
      () => anyStep(cluster),
    );
  },
};

export const redisWiped: Fault = {
  name: 'Redis wiped and reindexed',
  times: 3,
  inflict: async (cluster, { random }) => {
    await random();
    return recovery(
      async () => {
        const redis = new Redis(cluster.redis.url);
        await redis.flushall();
        redis.disconnect();
        await cluster.call(ReindexResult, paths.reindex, { method: 'POST' });
      },
      () => anyStep(cluster),
    );
  },
};

/** What an epoch costs the control plane, from the making of a finished sweep. */
import { routes } from '@honyaku/contracts';
import { redisInfo } from '@honyaku/storage';
import { Redis } from 'ioredis';
import { type Figure } from '../simulate/figures.ts';
import { type PretendedPlatform } from '../simulate/pretended-platform.ts';
import { cpuSeconds } from './cpu-time.ts';
import { type PretendedSweeps } from './pretended-sweeps.ts';

/** Enough pretending workers that the API, Redis and they share all of the machine. */
const workers = 100;
const epochs = 5;
const collectSeconds = 300;

interface Used {
  /** CPU seconds. */
  readonly api: number;
  readonly redis: number;
  readonly commands: number;
  /** Bytes that Redis holds. */
  readonly memory: number;
  /** Milliseconds. */
  readonly time: number;
}

/** Makes a finished sweep of so many trials. @returns its id, and what its making took */
export async function scheduledSweep(
  sweeps: PretendedSweeps,
  trials: number,
): Promise<{ id: string; figures: Figure[] }> {
  const { platform } = sweeps;
  const redis = new Redis(platform.redis.url);
  try {
    const before = await used(platform, redis);
    const id = await sweeps.finished({ trials, epochs, workers });
    const after = await used(platform, redis);
    const done = trials * epochs;
    const anEpoch = (of: keyof Used) => (after[of] - before[of]) / done;
    const collection = (await collectionSeconds(platform, id)) / done;
    const told = (name: string, value: number, unit: string) => ({ name, value, unit, target: null });
    return {
      id,
      figures: [
        told('epochs a second that could be scheduled', 1_000 / anEpoch('time'), '/s'),
        told('CPU time of an epoch: the API', 1_000 * anEpoch('api'), 'ms'),
        told('CPU time of an epoch: Redis', 1_000 * anEpoch('redis'), 'ms'),
        told('Redis commands of an epoch', anEpoch('commands'), 'commands'),
        told('Redis memory of an epoch, kept for a day', anEpoch('memory') / 1_000, 'kB'),
        told('CPU time of a collection, for each epoch there is', 1_000 * collection, 'ms'),
      ],
    };
  } finally {
    redis.disconnect();
  }
}

async function used({ api, redis: server }: PretendedPlatform, redis: Redis): Promise<Used> {
  const { commands, memoryBytes: memory } = await redisInfo(redis);
  return {
    api: cpuSeconds(api.pid),
    redis: cpuSeconds(server.pid),
    // With those that scripts run.
    commands,
    memory,
    time: performance.now(),
  };
}

/** CPU seconds of the API. The first waits for the collection that comes by itself at a sweep's end. */
async function collectionSeconds({ client, api }: PretendedPlatform, id: string): Promise<number> {
  const collect = () => client.call(routes.collect, { id, dryRun: true }, { seconds: collectSeconds });
  await collect();
  const before = cpuSeconds(api.pid);
  await collect();
  return cpuSeconds(api.pid) - before;
}

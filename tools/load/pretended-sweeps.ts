/** Sweeps of many trials that are only pretended, finished and running, and what they cost the control plane and a scrape. */
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type SweepView, Unavailable, routes } from '@honyaku/contracts';
import { ObjectStore, keys, redisInfo } from '@honyaku/storage';
import { until } from '@honyaku/embedded';
import { Redis } from 'ioredis';
import { apiMetrics } from '@honyaku/telemetry';
import { type PretendWorkers } from '../simulate/pretend-process.ts';
import { PretendedPlatform } from '../simulate/pretended-platform.ts';
import { type Figure, quantile } from '../simulate/figures.ts';
import { cpuSeconds } from './step-watch.ts';

const waitSeconds = 300;
const copiesAtOnce = 16;

export class PretendedSweeps {
  private workers: PretendWorkers | undefined;

  private constructor(readonly platform: PretendedPlatform) {}

  static async start(parent: string): Promise<PretendedSweeps> {
    return new PretendedSweeps(await PretendedPlatform.start(join(parent, 'pretended')));
  }

  /** A sweep that has ended. @returns its id */
  async finished(size: { trials: number; epochs: number; workers: number }): Promise<string> {
    const { trials, epochs, workers } = size;
    this.workers = this.platform.startWorkers({ workers, shortestSeconds: 0.05, longestSeconds: 0.1 });
    const { id } = await this.submit({ name: 'finished', trials, concurrency: workers, epochs });
    const { state, reason } = await this.when(id, ({ endedAt }) => endedAt !== undefined);
    if (state !== 'completed') throw new Unavailable(`${id} is ${state}: ${reason}`);
    this.workers.stop();
    return id;
  }

  /** A sweep all of whose trials run and have a record, and go on running until the end. @returns its id */
  async running(trials: number): Promise<string> {
    this.workers = this.platform.startWorkers({ workers: trials, shortestSeconds: 4, longestSeconds: 8 });
    const { id } = await this.submit({ name: 'running', trials, concurrency: trials, epochs: 1_000 });
    await this.when(id, ({ epochsDone }) => epochsDone >= 2 * trials);
    return id;
  }

  /** Copies all of a sweep to another bucket. */
  async copyTo(store: ObjectStore, sweepId: string): Promise<void> {
    const mine = new ObjectStore(this.platform.bucket);
    const listed: string[] = [];
    for await (const { key } of mine.list(`${keys.sweepFolder(sweepId)}/`)) listed.push(key);
    const copySome = async () => {
      for (let key = listed.pop(); key !== undefined; key = listed.pop())
        await store.put(key, (await mine.getText(key)) ?? '');
    };
    await Promise.all(Array.from({ length: copiesAtOnce }, copySome));
  }

  async stop(): Promise<void> {
    this.workers?.stop();
    await this.platform.stop();
  }

  private submit(settings: object): Promise<SweepView> {
    const learningRate = { type: 'float', low: 0.0001, high: 0.01, log: true };
    return this.platform.submit({ parameters: { learningRate }, ...settings });
  }

  private when(id: string, isSo: (sweep: SweepView) => boolean): Promise<SweepView> {
    return until({ what: `progress of ${id}`, seconds: waitSeconds }, async () => {
      const sweep = await this.platform.client.call(routes.sweep, { id });
      return isSo(sweep) ? sweep : undefined;
    });
  }
}

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
    const reported = (name: string, value: number, unit: string) => ({ name, value, unit, target: null });
    return {
      id,
      figures: [
        reported('epochs a second that could be scheduled', 1_000 / anEpoch('time'), '/s'),
        reported('CPU time of an epoch: the API', 1_000 * anEpoch('api'), 'ms'),
        reported('CPU time of an epoch: Redis', 1_000 * anEpoch('redis'), 'ms'),
        reported('Redis commands of an epoch', anEpoch('commands'), 'commands'),
        reported('Redis memory of an epoch, kept for a day', anEpoch('memory') / 1_000, 'kB'),
        reported('CPU time of a collection, for each epoch there is', 1_000 * collection, 'ms'),
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

const scrapes = 50;
const pauseMilliseconds = 200;

/** How long Prometheus waits for the API when there are many trials. */
export async function scrapeFigures(apiUrl: string): Promise<Figure[]> {
  const times: number[] = [];
  let text = '';
  let withoutTrials = 0;
  for (let scrape = 0; scrape < scrapes; scrape += 1) {
    const started = performance.now();
    const answer = await fetch(`${apiUrl}${routes.metrics.path}`);
    text = await answer.text();
    times.push(performance.now() - started);
    if (!answer.ok) throw new Unavailable(`${routes.metrics.path} answered ${answer.status}: ${text}`);
    if (!text.includes(`\n${apiMetrics.trialHeldOutPerplexity.name}{`)) withoutTrials += 1;
    await delay(pauseMilliseconds);
  }
  const series = text.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length;
  return [
    { name: 'a scrape, median', value: quantile(times, 0.5), unit: 'ms', target: null },
    { name: 'a scrape, longest', value: quantile(times, 1), unit: 'ms', target: 1_000 },
    { name: 'scrapes without the trials', value: withoutTrials, unit: 'scrapes', target: 0 },
    { name: 'series in a scrape', value: series, unit: 'series', target: null },
    { name: 'size of a scrape', value: text.length / 1_000, unit: 'kB', target: null },
  ];
}

/** The simulated sweep, and what is measured of it. */
import { type SweepView, Unavailable, collectJob, queuePrefix, routes, urlOf } from '@honyaku/contracts';
import { redisInfo } from '@honyaku/storage';
import { Redis } from 'ioredis';
import { until } from '@honyaku/embedded';
import { emptyFlowTime } from './empty-flow.ts';
import { type Figure, quantile } from './figures.ts';
import { type PretendWorkers } from './pretend-process.ts';
import { PretendedPlatform } from './pretended-platform.ts';
import { inTemporaryFolder } from '../command-line/words.ts';

/** Duration of a pretended epoch. */
const duration = { shortestSeconds: 12, longestSeconds: 28 };
const endSeconds = 20 * 60;
const askMilliseconds = 2_000;
/** Questions between two lines of progress. */
const asksALine = 10;
const listings = 5;
const submissions = 5;

interface Size {
  readonly trials: number;
  readonly workers: number;
}

export function simulate(size: Size, print: (line: string) => void): Promise<Figure[]> {
  return inTemporaryFolder('simulate', async (folder) => {
    const platform = await PretendedPlatform.start(folder);
    const workers = platform.startWorkers({ workers: size.workers, ...duration });
    try {
      return await measured(platform, workers, size, print);
    } finally {
      workers.stop();
      await platform.stop();
    }
  });
}

async function measured(
  platform: PretendedPlatform,
  workers: PretendWorkers,
  size: Size,
  print: (line: string) => void,
): Promise<Figure[]> {
  const warm = { trials: 1, epochs: 1 };
  await workers.first((await submit(platform, warm)).id);
  const toFirst: number[] = [];
  for (let time = 0; time < submissions; time += 1) {
    const started = Date.now();
    toFirst.push((await workers.first((await submit(platform, warm)).id)) - started);
  }
  const redis = new Redis(platform.redis.url);
  try {
    const flow = await emptyFlowTime(platform.redis.url);
    const ofFlow = (times: number) => ({ name: 'an empty flow’s time', value: flow, times });
    const { memoryBytes: memoryBefore } = await redisInfo(redis);
    const started = performance.now();
    const { trials, workers: concurrency } = size;
    const { id } = await submit(platform, { trials, concurrency, epochs: 3, pruner: { type: 'asha' } });
    const last = await ended(platform, id, size, started, print);
    if (last.state !== 'completed') throw new Unavailable(`the sweep is ${last.state}: ${last.reason}`);
    print(`${last.epochsDone} epochs in ${Math.round((performance.now() - started) / 1000)} s`);
    await collected(redis, id);
    const listing = await listingTimes(platform.api.url, id);
    const memory = ((await redisInfo(redis)).memoryBytes - memoryBefore) / trials;
    const gaps = workers.gaps(id, concurrency);
    return [
      {
        name: 'submit to first job active, longest',
        value: Math.max(...toFirst),
        unit: 'ms',
        target: 1_000,
        peer: ofFlow(50),
      },
      {
        name: 'scheduling a trial-epoch, p50',
        value: await decisionTime(platform.api.url),
        unit: 'ms',
        target: 5,
        peer: ofFlow(3),
      },
      {
        name: "from an epoch's end to the next start, p50",
        value: quantile(gaps, 0.5),
        unit: 'ms',
        target: null,
      },
      {
        name: "from an epoch's end to the next start, p99",
        value: quantile(gaps, 0.99),
        unit: 'ms',
        target: 250,
        peer: ofFlow(100),
      },
      {
        name: `listing ${trials} trials, median`,
        value: quantile(listing.answered, 0.5),
        unit: 'ms',
        target: 300,
        peer: { name: 'parsing and writing the answer', value: quantile(listing.copied, 0.5), times: 4 },
      },
      { name: 'Redis memory a trial', value: memory / 1_000, unit: 'kB', target: null },
    ];
  } finally {
    redis.disconnect();
  }
}

async function ended(
  { client }: PretendedPlatform,
  id: string,
  { trials }: Size,
  started: number,
  print: (line: string) => void,
): Promise<SweepView> {
  let asked = 0;
  const wait = { what: `end of ${id}`, seconds: endSeconds, everyMilliseconds: askMilliseconds };
  return until(wait, async () => {
    const view = await client.call(routes.sweep, { id });
    if (view.endedAt !== undefined) return view;
    const { completed, pruned, running } = view.trials;
    const seconds = Math.round((performance.now() - started) / 1000);
    if ((asked += 1) % asksALine === 0)
      print(
        `${seconds} s: ${completed + pruned} of ${trials} trials ended, ${running} run, ${view.epochsDone} epochs`,
      );
    return undefined;
  });
}

/** Garbage is collected at a sweep's end: the API reads every record, which is measured with nothing else. */
async function collected(redis: Redis, sweepId: string): Promise<void> {
  const key = `${queuePrefix}:control:${collectJob.id({ sweepId })}`;
  const wait = { what: 'end of the collection of garbage', seconds: endSeconds };
  await until(wait, async () => ((await redis.exists(key)) === 0 ? true : undefined));
}

function submit(platform: PretendedPlatform, settings: object): Promise<SweepView> {
  const dropout = { type: 'float', low: 0, high: 0.5 };
  const learningRate = { type: 'float', low: 0.0001, high: 0.01, log: true };
  return platform.submit({ name: 'simulated', parameters: { dropout, learningRate }, ...settings });
}

/** Milliseconds of each answer, and of parsing and writing its text, which is what any server of it does at least. */
async function listingTimes(url: string, id: string): Promise<{ answered: number[]; copied: number[] }> {
  const times = { answered: Array<number>(), copied: Array<number>() };
  for (let time = 0; time < listings; time += 1) {
    const started = performance.now();
    const text = await (await fetch(`${url}${urlOf(routes.sweepTrials, { id })}`)).text();
    const answered = performance.now();
    JSON.stringify(JSON.parse(text));
    times.answered.push(answered - started);
    times.copied.push(performance.now() - answered);
  }
  return times;
}

/** The median of the API's own histogram, in milliseconds, straight within a bucket. */
async function decisionTime(url: string): Promise<number> {
  const text = await (await fetch(`${url}${routes.metrics.path}`)).text();
  const buckets = [...text.matchAll(/^honyaku_decision_duration_seconds_bucket\{le="([^"]+)"\} (\d+)/gm)].map(
    ([, bound, count]) => ({ bound: Number(bound === '+Inf' ? Infinity : bound), count: Number(count) }),
  );
  const half = (buckets.at(-1)?.count ?? 0) / 2;
  const index = buckets.findIndex(({ count }) => count >= half);
  const above = buckets[index];
  const below = buckets[index - 1] ?? { bound: 0, count: 0 };
  if (!above) throw new Unavailable('the API reports no durations of decisions');
  const share = (half - below.count) / Math.max(1, above.count - below.count);
  return (below.bound + share * (above.bound - below.bound)) * 1_000;
}

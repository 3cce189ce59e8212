/** Cost of the API for the workers while a sweep runs and Prometheus alone asks. */
import { availableParallelism } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { routes } from '@honyaku/contracts';
import { type Figure } from '../simulate/figures.ts';
import { cpuSeconds, type Pair, type Period, type Slowdown, slowdown, type StepWatch } from './step-watch.ts';
import { type LoadPlatform } from './platform.ts';

/** Prometheus's usual interval. */
const scrapeMilliseconds = 15_000;
const scrapesAlone = 4;
/** The API is frozen for no longer than its own connections and locks bear with ease. */
const periodMilliseconds = 2_000;
const pairCount = 40;
/** So that live periods have as many scrapes as they would have alone. */
const pairsAScrape = Math.round(scrapeMilliseconds / (2 * periodMilliseconds));

/** The most that a worker may be slowed, in percent. */
const mostPercent = 2;

/** @returns figures, and the period in which nobody asked */
export async function ownCost(
  platform: LoadPlatform,
  watch: StepWatch,
): Promise<{ figures: Figure[]; alone: Period }> {
  const { figures, period } = await processorShares(platform);
  const pairs = await frozenAndLive(platform);
  const wall = slowdown(watch.stretches, pairs, ({ seconds }) => seconds);
  const cpu = slowdown(watch.stretches, pairs, (stretch) => stretch.cpuSeconds);
  return { figures: [...figures, ...slowdownFigures(wall, cpu)], alone: period };
}

async function processorShares({ api, redis, bucket }: LoadPlatform): Promise<{
  figures: Figure[];
  period: Period;
}> {
  const processes = { 'the API': api.pid, Redis: redis.pid, 'the bucket': bucket.pid };
  const used = () => Object.values(processes).map(cpuSeconds);
  const from = Date.now();
  const before = used();
  for (let scrape = 0; scrape < scrapesAlone; scrape += 1) {
    await scraped(api.url);
    await delay(from + (scrape + 1) * scrapeMilliseconds - Date.now());
  }
  const to = Date.now();
  const available = ((to - from) / 1000) * availableParallelism();
  const figures = used().map((seconds, index) => ({
    name: `share of all cores, alone with a sweep: ${Object.keys(processes)[index]}`,
    value: (100 * (seconds - (before[index] ?? 0))) / available,
    unit: '%',
    target: index === 0 ? mostPercent : null,
  }));
  return { figures, period: { from, to } };
}

/** Stops and continues the API by turns in the middle of epochs. */
async function frozenAndLive({ api }: LoadPlatform): Promise<Pair[]> {
  const pairs: Pair[] = [];
  const lasting = async (): Promise<Period> => {
    const from = Date.now();
    await delay(periodMilliseconds);
    return { from, to: Date.now() };
  };
  try {
    for (let pair = 0; pair < pairCount; pair += 1) {
      const scrape = pair % pairsAScrape === 0 ? scraped(api.url) : undefined;
      const live = await lasting();
      await scrape;
      api.freeze();
      pairs.push({ with: live, without: await lasting() });
      api.thaw();
    }
  } finally {
    api.thaw();
  }
  return pairs;
}

/** Missed only when the measurement rules the target out: on a machine with other work it is wide. */
function slowdownFigures(wall: Slowdown, cpu: Slowdown): Figure[] {
  const percent = (name: string, share: number, target: number | null) => ({
    name: `${name}, API live against frozen`,
    value: 100 * share,
    unit: '%',
    target,
  });
  return [
    percent('time a token, slowed by', wall.share, null),
    percent('time a token, at least slowed by (95%)', wall.low, mostPercent),
    percent('time a token, at most slowed by (95%)', wall.high, null),
    percent('CPU time a token, more by', cpu.share, null),
    { name: 'pairs of periods compared', value: wall.pairs, unit: 'pairs', target: null },
  ];
}

async function scraped(url: string): Promise<void> {
  await (await fetch(`${url}${routes.metrics.path}`)).arrayBuffer();
}

/** Many reads and many open pages at once, beside a running sweep. */
import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { Unavailable, fromJson } from '@honyaku/contracts';
import { until } from '@honyaku/embedded';
import { type Figure } from '../simulate/figures.ts';
import { cpuSeconds, waitSeconds } from './cpu-time.ts';
import { CpuProfile, type HeavyFunction, heaviestFunctions } from './heaviest-functions.ts';
import { LoadProcess } from './load-process.ts';
import {
  type Read,
  RequestResult,
  type StreamResult,
  StreamsOpen,
  StreamResult as Streams,
} from './messages.ts';
import { type Platform } from './platform.ts';
import { type Period } from './slowdown.ts';

const requestsPerSecond = 500;
const streams = 200;
const targets = { p99: 200, missingShare: 1 } as const;
/** Opening all streams, or waiting for the last answers. */
const patienceSeconds = 60;
/** The last events reach all streams. */
const quietMilliseconds = 2_000;

export interface LoadOutcome {
  readonly figures: Figure[];
  /** While requests were sent. */
  readonly period: Period;
}

export async function underLoad(
  { api, redis }: Platform,
  reads: readonly Read[],
  seconds: number,
): Promise<LoadOutcome> {
  const pages = new LoadProcess('event-streams.ts', { url: api.url, streams });
  try {
    const { open } = await pages.next(StreamsOpen, patienceSeconds);
    const before = cpuSeconds(api.pid);
    const waitedBefore = waitSeconds(redis.pid);
    const from = Date.now();
    const requests = await requested(api.url, reads, seconds);
    const to = Date.now();
    const used = cpuSeconds(api.pid) - before;
    const waited = waitSeconds(redis.pid) - waitedBefore;
    await delay(quietMilliseconds);
    pages.ask();
    const followed = await pages.next(Streams, patienceSeconds);
    if (followed.events === 0) throw new Unavailable('no event came while the streams were open');
    const cores = {
      name: 'cores that the API used under load',
      value: (1000 * used) / (to - from),
      unit: `of ${availableParallelism()}`,
      target: null,
    };
    const starved = {
      name: 'share of the time in which Redis is ready to run and has no processor',
      value: (100_000 * waited) / (to - from),
      unit: '%',
      target: null,
    };
    return {
      figures: [...requestFigures(requests), ...streamFigures(followed, streams - open), cores, starved],
      period: { from, to },
    };
  } finally {
    pages.stop();
  }
}

/** Has the API profile itself meanwhile. @param file where it writes */
export async function profiled<Result>(
  { api }: Platform,
  file: string,
  run: () => Promise<Result>,
): Promise<{ result: Result; heaviest: HeavyFunction[] }> {
  process.kill(api.pid, 'SIGUSR2');
  const result = await run();
  process.kill(api.pid, 'SIGUSR2');
  const written = () => (existsSync(file) ? true : undefined);
  await until({ what: `profile in ${file}`, seconds: patienceSeconds }, written);
  // It is written at once, but not in one moment.
  await delay(quietMilliseconds);
  const profile = fromJson(CpuProfile, readFileSync(file, 'utf8'), file);
  return { result, heaviest: heaviestFunctions(profile, 10) };
}

async function requested(url: string, reads: readonly Read[], seconds: number): Promise<RequestResult> {
  const sending = new LoadProcess('requests.ts', { url, rate: requestsPerSecond, seconds, reads });
  try {
    return await sending.next(RequestResult, seconds + patienceSeconds);
  } finally {
    sending.stop();
  }
}

function requestFigures({ perSecond, warmUp, all, reads, refused, errors }: RequestResult): Figure[] {
  const short = 100 * Math.max(0, 1 - perSecond / requestsPerSecond);
  return [
    { name: 'answers a second', value: perSecond, unit: '/s', target: null },
    {
      name: `short of ${requestsPerSecond} a second by`,
      value: short,
      unit: '%',
      target: targets.missingShare,
    },
    { name: 'answers other than 2xx', value: refused, unit: 'answers', target: 0 },
    { name: 'requests without an answer', value: errors, unit: 'requests', target: 0 },
    { name: 'latency of all reads, p50', value: all.p50, unit: 'ms', target: null },
    { name: 'latency of all reads, p99', value: all.p99, unit: 'ms', target: targets.p99 },
    { name: 'latency of all reads, longest', value: all.longest, unit: 'ms', target: null },
    { name: 'latency in the warm-up, p99', value: warmUp.p99, unit: 'ms', target: null },
    { name: 'latency in the warm-up, longest', value: warmUp.longest, unit: 'ms', target: null },
    ...Object.entries(reads).map(([name, { p99 }]) => ({
      name: `latency of ${name}, p99`,
      value: p99,
      unit: 'ms',
      target: null,
    })),
  ];
}

function streamFigures({ closed, events, lacking, progress }: StreamResult, notOpened: number): Figure[] {
  return [
    {
      name: `of ${streams} event streams were closed`,
      value: closed + notOpened,
      unit: 'streams',
      target: 0,
    },
    { name: 'changes while they were open', value: events, unit: 'events', target: null },
    { name: 'streams that lack one', value: lacking, unit: 'streams', target: 0 },
    { name: 'progress that each stream got, least', value: progress, unit: 'events', target: null },
  ];
}

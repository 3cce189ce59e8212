/** Many reads and many open pages at once, beside a running sweep. */
import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { Unavailable, fromJson, routes, urlOf } from '@honyaku/contracts';
import { until } from '@honyaku/embedded';
import { type ApiClient } from '@honyaku/client';
import { z } from 'zod';
import { type Figure } from '../simulate/figures.ts';
import { cpuSeconds, waitSeconds, type Period } from './step-watch.ts';
import {
  LoadProcess,
  type Read,
  RequestResult,
  type StreamResult,
  StreamsOpen,
  StreamResult as Streams,
} from './load-process.ts';
import { type LoadPlatform } from './platform.ts';

const requestsPerSecond = 500;
const streams = 200;
const targets = { p99: 200, missingShare: 1 } as const;
/** Opening all streams, or waiting for the last answers. */
const patienceSeconds = 60;
/** The last events reach all streams. */
const quietMilliseconds = 2_000;

interface LoadOutcome {
  readonly figures: Figure[];
  /** While requests were sent. */
  readonly period: Period;
}

/** Requests at a steady rate and open pages, for so many seconds. */
export async function underLoad(
  { api, redis }: LoadPlatform,
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
  { api }: LoadPlatform,
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

/** Trials of the finished sweep that are looked at. */
const finishedTrials = 200;

/**
 * As people and their pages read: mostly what runs, sometimes a trial's details, now and then a large sweep
 * or a log, which are read from the bucket. Weights are parts of a thousand.
 */
export async function readMix(client: ApiClient, running: string, finished: string): Promise<Read[]> {
  const underWay = (await client.call(routes.sweepTrials, { id: running })).trials.filter(
    ({ epochs }) => epochs.length > 0,
  );
  const ended = (await client.call(routes.sweepTrials, { id: finished })).trials.slice(0, finishedTrials);
  const trials = [...underWay, ...ended].map(({ id }) => id);
  return [
    { name: 'sweeps', weight: 180, paths: [routes.sweeps.path] },
    { name: 'sweep', weight: 250, paths: [running, finished].map((id) => urlOf(routes.sweep, { id })) },
    { name: 'its trials', weight: 150, paths: [urlOf(routes.sweepTrials, { id: running })] },
    { name: 'trial', weight: 220, paths: trials.map((id) => urlOf(routes.trial, { id })) },
    { name: 'epochs', weight: 70, paths: trials.map((id) => urlOf(routes.epochs, { id })) },
    { name: 'log', weight: 10, paths: [urlOf(routes.log, { id: running })] },
    { name: 'healthz', weight: 115, paths: [routes.live.path] },
    { name: '1,000 trials', weight: 3, paths: [urlOf(routes.sweepTrials, { id: finished })] },
    { name: 'metrics', weight: 2, paths: [routes.metrics.path] },
  ];
}

/** As V8 writes it, as far as it is read here. */
const CpuProfile = z.object({
  nodes: z.array(
    z.object({
      id: z.number(),
      callFrame: z.object({ functionName: z.string(), url: z.string(), lineNumber: z.number() }),
    }),
  ),
  /** Ids of nodes. */
  samples: z.array(z.number()),
  /** Microseconds before each sample. */
  timeDeltas: z.array(z.number()),
});
type CpuProfile = z.output<typeof CpuProfile>;

export interface HeavyFunction {
  /** With its file, from the repository's root or the package on. */
  readonly name: string;
  /** Share of the busy time, 0 to 1; of the function itself, without the functions that it calls. */
  readonly share: number;
}

/** The functions that took most time themselves, the heaviest first. */
export function heaviestFunctions({ nodes, samples, timeDeltas }: CpuProfile, most: number): HeavyFunction[] {
  const names = new Map(nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]));
  const times = new Map<string, number>();
  let busy = 0;
  samples.forEach((id, index) => {
    const name = names.get(id) ?? '(unknown)';
    if (name === '(idle)') return;
    const time = timeDeltas[index] ?? 0;
    busy += time;
    times.set(name, (times.get(name) ?? 0) + time);
  });
  return [...times]
    .sort(([, one], [, other]) => other - one)
    .slice(0, most)
    .map(([name, time]) => ({ name, share: time / busy }));
}

function nameOf({ functionName, url, lineNumber }: CpuProfile['nodes'][number]['callFrame']): string {
  const name = functionName === '' ? '(anonymous)' : functionName;
  if (url === '') return name;
  const file = url.replace(/^.*\/node_modules\//, '').replace(/^.*\/(?=(apps|libs)\/)/, '');
  return `${name} ${file}:${lineNumber + 1}`;
}

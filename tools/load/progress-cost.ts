/** Cost of progress reports, which each worker sends four times a second and every open page receives in pieces. */
import { setTimeout as delay } from 'node:timers/promises';
import { TrainProgress, queuePrefix } from '@honyaku/contracts';
import { type Job, Queue } from 'bullmq';
import { z } from 'zod';
import { type Figure } from '../simulate/figures.ts';
import { type PretendedPlatform } from '../simulate/pretended-platform.ts';
import { cpuSeconds } from './step-watch.ts';
import { LoadProcess, StreamsOpen } from './load-process.ts';

const streams = 200;
/** When watched, as many as there are trials in each turn. */
const reportsASecond = { unwatched: 1_000, watched: 500 } as const;
const trials = 50;
const seconds = 10;
const turnMilliseconds = 100;
const patienceSeconds = 60;

interface Used {
  readonly api: number;
  readonly redis: number;
}

/** @param platform on which a sweep runs: its jobs report */
export async function progressFigures(platform: PretendedPlatform): Promise<Figure[]> {
  const queue = new Queue('trials', { connection: { url: platform.redis.url }, prefix: queuePrefix });
  const pages = new LoadProcess('event-streams.ts', { url: platform.api.url, streams });
  try {
    await pages.next(StreamsOpen, patienceSeconds);
    const quiet = await used(platform, queue, 0);
    const watched = await used(platform, queue, reportsASecond.watched);
    pages.stop();
    const alone = await used(platform, queue, 0);
    const unwatched = await used(platform, queue, reportsASecond.unwatched);
    const ofReport = (more: Used, less: Used, rate: number, of: keyof Used) =>
      (1e6 * (more[of] - less[of])) / (rate * seconds);
    const api = ofReport(unwatched, alone, reportsASecond.unwatched, 'api');
    const redis = ofReport(unwatched, alone, reportsASecond.unwatched, 'redis');
    const sent = ofReport(watched, quiet, reportsASecond.watched, 'api') - api;
    const stream = (sent * reportsASecond.watched) / streams;
    return [
      { name: 'CPU time of a report of progress: the API', value: api, unit: 'µs', target: null },
      { name: 'CPU time of a report of progress: Redis', value: redis, unit: 'µs', target: null },
      {
        name: `CPU time of the progress of ${trials} trials, for each stream and second`,
        value: stream,
        unit: 'µs',
        target: null,
      },
    ];
  } finally {
    pages.stop();
    await queue.close();
  }
}

/** CPU seconds that are used while so many reports a second come. */
async function used(platform: PretendedPlatform, queue: Queue, rate: number): Promise<Used> {
  const now = () => ({ api: cpuSeconds(platform.api.pid), redis: cpuSeconds(platform.redis.pid) });
  const before = now();
  const started = performance.now();
  for (let turn = 1; turn <= (1_000 * seconds) / turnMilliseconds; turn += 1) {
    const jobs = await queue.getActive(0, trials - 1);
    const reports = Array.from({ length: (rate * turnMilliseconds) / 1_000 }, (_, index) => {
      const job = jobs[index % jobs.length];
      return job ? report(job) : undefined;
    });
    await Promise.all(reports);
    await delay(started + turn * turnMilliseconds - performance.now());
  }
  const after = now();
  return { api: after.api - before.api, redis: after.redis - before.redis };
}

function report(job: Job): Promise<void> {
  const trialId = String(job.id).split('.')[0] ?? '';
  const rate = { targetTokensPerSecond: 1234.5678, perplexity: 123.45678, elapsedSeconds: 12.345678 };
  return job.updateProgress(
    z.encode(TrainProgress, { trialId, epoch: 1, step: 10, steps: 100, ...rate, worker: 'pretend' }),
  );
}

/**
 * `npm run test:load`: what an epoch costs the control plane, how long a scrape of many trials takes, what the API
 * costs the workers by itself, and how it answers 500 reads a second with 200 open event streams beside a running
 * sweep. Real Redis, bucket, API and workers; a finished sweep of 1,000 trials is pretended and then copied into the
 * real bucket, out of which the API reads it. Exit code 0 when every target is met, 1 otherwise, 2 for bad usage.
 */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inTemporaryFolder, setExitCode } from '../command-line/words.ts';
import { type EmbeddedObjectStore, startObjectStore } from '@honyaku/embedded';
import { ObjectStore } from '@honyaku/storage';
import { type Figure, reportFigures } from '../simulate/figures.ts';
import { type HeavyFunction, profiled, underLoad, readMix } from './load.ts';
import { machineText } from './machine.ts';
import { type LoadOptions, readOptions } from './options.ts';
import { ownCost } from './own-cost.ts';
import { LoadPlatform } from './platform.ts';
import { PretendedSweeps, scheduledSweep, scrapeFigures } from './pretended-sweeps.ts';
import { progressFigures } from './progress-cost.ts';
import { type Period, costOfToken, within, StepWatch, type Stretch } from './step-watch.ts';

const finishedTrials = 1_000;
const runningTrials = 50;
const print = (line: string) => process.stderr.write(`${line}\n`);

async function main({ json, profile, seconds }: LoadOptions): Promise<boolean> {
  print(machineText());
  return inTemporaryFolder('load', async (folder) => {
    const bucket = await startObjectStore({ folder: join(folder, 'bucket') });
    try {
      const many = await manyTrials(folder, bucket);
      const { figures, heaviest } = await beside(folder, bucket, many.finished, seconds, profile);
      const all = [...many.figures, ...figures];
      const isWell = reportFigures(all, json);
      for (const { name, share } of heaviest) print(`${(100 * share).toFixed(1).padStart(5)}% ${name}`);
      return isWell;
    } finally {
      await bucket.stop();
    }
  });
}

/** Scrapes an API that knows many trials, and leaves those that have ended in the bucket. */
async function manyTrials(
  folder: string,
  bucket: EmbeddedObjectStore,
): Promise<{ figures: Figure[]; finished: string }> {
  const sweeps = await PretendedSweeps.start(folder);
  try {
    print(`${finishedTrials} trials are pretended`);
    const { id: finished, figures: scheduling } = await scheduledSweep(sweeps, finishedTrials);
    print('they are copied to the real bucket');
    await sweeps.copyTo(new ObjectStore({ ...bucket, region: 'us-east-1' }), finished);
    print(`${runningTrials} more run, and the API is scraped`);
    await sweeps.running(runningTrials);
    const scraping = await scrapeFigures(sweeps.platform.api.url);
    return { figures: [...scheduling, ...scraping, ...(await progressFigures(sweeps.platform))], finished };
  } finally {
    await sweeps.stop();
  }
}

/** All that is measured beside a real sweep. */
async function beside(
  folder: string,
  bucket: EmbeddedObjectStore,
  finished: string,
  seconds: number,
  profile: boolean,
): Promise<{ figures: Figure[]; heaviest: HeavyFunction[] }> {
  const profileFile = join(tmpdir(), `honyaku-api-${process.pid}.cpuprofile`);
  const platform = await LoadPlatform.start(folder, bucket, profileFile);
  try {
    print('a sweep starts, and nobody asks');
    const running = await platform.underWay();
    const watch = new StepWatch(platform.redis.url, platform.workers);
    try {
      const own = await ownCost(platform, watch);
      print('streams are opened, and requests are sent');
      const run = async () => underLoad(platform, await readMix(platform.client, running, finished), seconds);
      const measured = profile
        ? await profiled(platform, profileFile, run)
        : { result: await run(), heaviest: [] };
      if (profile) print(`profile: ${profileFile}`);
      const { figures, period } = measured.result;
      const slowed = slowedByAll(watch.stretches, own.alone, period);
      return { figures: [...own.figures, ...figures, slowed], heaviest: measured.heaviest };
    } finally {
      await watch.stop();
    }
  } finally {
    await platform.stop();
  }
}

/** By requests, pages, API, Redis and bucket together, which all share the workers' cores. */
function slowedByAll(stretches: readonly Stretch[], alone: Period, loaded: Period): Figure {
  const workers = [...new Set(stretches.map(({ worker }) => worker))];
  const seconds = (stretch: Stretch) => stretch.seconds;
  const ratios = workers.map(
    (worker) =>
      costOfToken(within(stretches, worker, loaded), seconds) /
      costOfToken(within(stretches, worker, alone), seconds),
  );
  const value = 100 * (Math.max(...ratios) - 1);
  return { name: 'time a token, slowed by load and all that serves it', value, unit: '%', target: null };
}

await setExitCode((words) => main(readOptions(words)));

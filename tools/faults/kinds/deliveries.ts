/** Jobs that are delivered twice, or taken from a worker that has to go. */
import { PartialRecord, queuePrefix, sweepIdOfJob } from '@honyaku/contracts';
import { until } from '@honyaku/embedded';
import { type Folder, keys } from '@honyaku/storage';
import { Redis } from 'ioredis';
import { type Cluster } from '../cluster.ts';
import { type Fault, signOf } from '../fault.ts';

const waitSeconds = 240;
/** The grace that a worker has on a cluster. */
const durableSeconds = 90;
/** BullMQ's keys of the queue. */
const trials = `${queuePrefix}:trials`;

const nextStep = (cluster: Cluster, sweepId: string) =>
  cluster.work.next(({ what, jobId }) => what === 'progress' && sweepIdOfJob(jobId) === sweepId, waitSeconds);

export const deliveredTwice: Fault = {
  name: 'one job delivered twice at once',
  times: 3,
  // One trial at a time leaves the second worker free for the same job.
  sweep: { concurrency: 1 },
  inject: async (cluster, { sweepId }) => {
    const seen = await nextStep(cluster, sweepId);
    if (!seen) throw new Error('nothing was trained');
    const redis = new Redis(cluster.redis.url);
    try {
      await takeLock(redis, seen.jobId);
      const other = await cluster.work.next(
        ({ jobId, worker }) => jobId === seen.jobId && worker !== undefined && worker !== seen.worker,
        waitSeconds,
      );
      const job = await redis.hget(`${trials}:${seen.jobId}`, 'ats');
      if (Number(job) < 2) throw new Error(`${seen.jobId} was not delivered twice`);
      return { note: other ? 'both trained' : 'the second found it done' };
    } finally {
      redis.disconnect();
    }
  },
};

/** BullMQ's next look for stalled jobs finds this one without a lock, and gives it to the other worker. */
async function takeLock(redis: Redis, jobId: string): Promise<void> {
  await redis
    .multi()
    .sadd(`${trials}:stalled`, jobId)
    .del(`${trials}:${jobId}:lock`)
    .del(`${trials}:stalled-check`)
    .exec();
}

export const terminated: Fault = {
  name: 'SIGTERM in mid-epoch',
  times: 5,
  inject: async (cluster, { sweepId }) => {
    const seen = await nextStep(cluster, sweepId);
    const worker = cluster.workers.find(({ name }) => cluster.work.jobOf(name) === seen?.jobId);
    if (!seen || !worker) throw new Error('nothing was trained');
    const started = performance.now();
    const goesOn = signOf(cluster, seen.jobId);
    const step = cluster.work.stepOf(worker.name);
    const [code, durable] = await Promise.all([
      worker.terminate(),
      durableCheckpoint(cluster, seen.jobId, step),
    ]);
    if (code !== 0) throw new Error(`the worker ended with ${code}`);
    if (durable === undefined) throw new Error(`no checkpoint of ${seen.jobId} in ${durableSeconds} s`);
    await goesOn;
    const seconds = (performance.now() - started) / 1000;
    await worker.start();
    return { seconds, note: `checkpoint durable in ${durable.toFixed(1)} s` };
  },
};

/** Seconds until the epoch has a mid-epoch checkpoint of at least that step, or is committed; undefined when it takes too long. */
async function durableCheckpoint(cluster: Cluster, jobId: string, step: number): Promise<number | undefined> {
  const [trialId = '', epoch = ''] = jobId.split('.');
  const folder: Folder = `${keys.epochFolder(trialId, Number(epoch))}/`;
  const started = performance.now();
  const wait = { what: `checkpoint of ${jobId}`, seconds: durableSeconds, everyMilliseconds: 50 };
  const look = async () => {
    for await (const { key } of cluster.objects.list(folder)) {
      const seconds = (performance.now() - started) / 1000;
      if (key.endsWith('/record.json')) return seconds;
      if (!key.endsWith('/partial.json')) continue;
      const partial = await cluster.objects.getRecord(PartialRecord, key);
      if (partial && partial.step >= step) return seconds;
    }
    return undefined;
  };
  return until(wait, look).catch(() => undefined);
}

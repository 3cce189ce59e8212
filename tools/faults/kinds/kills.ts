/** Processes that are killed, and come back as a cluster brings them back. */
import { sweepIdOfJob } from '@honyaku/contracts';
import { type Cluster, clientOf } from '../cluster.ts';
import { type Program } from '@honyaku/local-stack';
import { type Fault, type Moment, anyStep, recovery, signBeforeEnd, signOf } from '../fault.ts';

const anotherSweepSeconds = 240;

const oneOf = (cluster: Cluster, { coin }: Moment): Program => {
  const worker = cluster.workers[coin()];
  if (!worker) throw new Error('the cluster has two workers');
  return worker;
};

export const workerKilled: Fault = {
  name: 'worker killed',
  times: 20,
  inject: async (cluster, moment) => {
    await moment.random();
    const worker = oneOf(cluster, moment);
    const jobId = cluster.work.jobOf(worker.name);
    return recovery(
      async () => {
        await worker.kill();
        await worker.start();
      },
      () => signOf(cluster, jobId),
    );
  },
};

export const childKilled: Fault = {
  name: 'tensor process killed',
  times: 10,
  inject: async (cluster, moment) => {
    await moment.random();
    const worker = oneOf(cluster, moment);
    const children = worker.childrenOf('trial-child');
    if (children.length === 0) return { note: 'it had none' };
    const jobId = cluster.work.jobOf(worker.name);
    return recovery(
      () => {
        for (const pid of children) process.kill(pid, 'SIGKILL');
        return Promise.resolve();
      },
      () => signOf(cluster, jobId),
    );
  },
};

export const apiKilled: Fault = {
  name: 'API killed',
  times: 5,
  inject: async (cluster, { sweepId, random }) => {
    await random();
    return recovery(
      async () => {
        await cluster.api.kill();
        await cluster.api.start();
      },
      () => signBeforeEnd(cluster, sweepId, ({ what, queue }) => queue === 'control' && what === 'completed'),
    );
  },
};

/** Measured is how soon the other takes up a sweep that is submitted to it at that moment. */
export const oneOfTwoApisKilled: Fault = {
  name: 'one of two APIs killed',
  times: 5,
  inject: async (cluster, { random }) => {
    const other = await cluster.addApi();
    await other.start();
    await random();
    const started = performance.now();
    await cluster.api.kill();
    const { id } = await cluster.submit({ name: 'bystander', trials: 1, epochs: 1 }, clientOf(other.url));
    const begun = await cluster.work.next(
      ({ queue, what, jobId }) => queue === 'trials' && what === 'active' && sweepIdOfJob(jobId) === id,
      anotherSweepSeconds,
    );
    const seconds = (performance.now() - started) / 1000;
    if (!begun) throw new Error(`${id} did not begin within ${anotherSweepSeconds} s`);
    await cluster.api.start();
    await cluster.ended(id);
    await cluster.removeApi(other);
    return { seconds };
  },
};

export const redisKilled: Fault = {
  name: 'Redis killed',
  times: 5,
  inject: async (cluster, { sweepId, random }) => {
    await random();
    return recovery(
      () => cluster.restartRedis(),
      () => anyStep(cluster, sweepId),
    );
  },
};

export const bucketKilled: Fault = {
  name: 'S3 server killed',
  times: 5,
  inject: async (cluster, { sweepId, random }) => {
    await random();
    return recovery(
      () => cluster.restartBucket(),
      () => signBeforeEnd(cluster, sweepId, ({ what, queue }) => queue === 'trials' && what === 'completed'),
    );
  },
};

import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type Server, createServer } from 'node:http';
import { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { queuePrefix, trainEpochJob, trialIdOf } from '@honyaku/contracts';
import { type EmbeddedRedis, startRedis } from '@honyaku/embedded';
import { ObjectStore } from '@honyaku/storage';
import { Queue } from 'bullmq';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { type QueueWorker, startQueueWorker } from '../src/queues/queue-workers.ts';
import { config } from './worker-platform.ts';
import { workerContext } from './worker-context.ts';

let folder: string;
let redis: EmbeddedRedis;
let silent: Server;
let worker: QueueWorker;
let queue: Queue;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'honyaku-nested-'));
  redis = await startRedis({ folder: join(folder, 'redis') });
  // A store that never answers keeps the job at work.
  silent = createServer(() => undefined).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const { port } = silent.address() as AddressInfo;
  const store = new ObjectStore({
    endpoint: `http://127.0.0.1:${port}`,
    bucket: 'silent',
    region: 'us-east-1',
    accessKey: 'key',
    secretKey: 'secret',
  });
  worker = startQueueWorker('trials', { url: redis.url, prefix: queuePrefix }, workerContext(store, folder));
  queue = new Queue('trials', { connection: { url: redis.url }, prefix: queuePrefix });
});
afterAll(async () => {
  await worker.worker.close(true);
  await worker.close();
  await queue.close();
  silent.closeAllConnections();
  silent.close();
  await redis.stop();
  await rm(folder, { recursive: true, force: true });
});

it('stops the trials of the sweep that is cancelled, not those of one whose name begins with its id', async () => {
  const [outer, inner] = ['nb-8549ec', 'nb-8549ec-b-a63846'];
  const payload = { sweepId: inner, trialId: trialIdOf(inner, 1), epoch: 1, config };
  const id = trainEpochJob.id(payload);
  await queue.add(trainEpochJob.name, payload, { jobId: id });
  await vi.waitUntil(worker.isBusy, { timeout: 20_000 });
  const cancelled = vi.spyOn(worker.worker, 'cancelJob');
  worker.stopSweep({ sweepId: outer, because: 'cancelled' });
  expect(cancelled).not.toHaveBeenCalled();
  worker.stopSweep({ sweepId: inner, because: 'cancelled' });
  expect(cancelled).toHaveBeenCalledWith(id, 'cancelled');
});

import { join } from 'node:path';
import { FileCache, ObjectStore } from '@honyaku/storage';
import { TensorProcess } from '@honyaku/tensor-process';
import pino from 'pino';
import { preprocessProtocol, trialProtocol } from '../src/child/protocol.ts';
import type { Delivery } from '../src/jobs/job-context.ts';
import type { WorkerContext } from '../src/jobs/worker-context.ts';
import { NextTasks } from '../src/jobs/next-tasks.ts';
import { WorkerMetrics } from '../src/status/metrics.ts';

/** The dependencies of jobs, without queues, in the test's own process. */
export function workerContext(
  store: ObjectStore,
  folder: string,
  settings: Partial<WorkerContext> = {},
): WorkerContext & AsyncDisposable {
  const script = (name: string) => new URL(`../src/child/${name}.ts`, import.meta.url);
  const trials = new TensorProcess(trialProtocol, script('trial-child'));
  const preprocess = new TensorProcess(preprocessProtocol, script('preprocess-child'));
  const logger = pino({ level: 'silent' });
  const attemptsFolder = join(folder, 'attempts');
  return {
    store,
    cache: new FileCache({ folder: join(folder, 'files'), maxBytes: 1e9, store }),
    trials,
    preprocess,
    next: new NextTasks({ attemptsFolder, logger }),
    metrics: new WorkerMetrics({ codeVersion: '0', device: { type: 'cpu' }, cacheFolder: folder, logger }),
    logger,
    workerName: 'here',
    codeVersion: '0',
    attemptsFolder,
    checkpointSeconds: 300,
    device: { type: 'cpu' },
    fasterPrecision: () => Promise.reject(new Error('no precision was measured')),
    end: () => undefined,
    ...settings,
    [Symbol.asyncDispose]: async () => {
      await Promise.all([trials.stop(), preprocess.stop()]);
    },
  };
}

/** A store for what uses none, or is to find none: nobody listens on the discard port. */
export function absentStore(bucket = 'absent'): ObjectStore {
  return new ObjectStore({
    endpoint: 'http://127.0.0.1:9',
    bucket,
    region: 'us-east-1',
    accessKey: 'key',
    secretKey: 'secret',
  });
}

/** A delivery that is never cancelled. */
export function delivery(settings: Partial<Delivery> = {}): Delivery {
  return {
    attemptsStarted: 1,
    newestAttempt: () => Promise.resolve(undefined),
    otherJobsWait: () => Promise.resolve(false),
    signal: new AbortController().signal,
    onProgressStored: () => undefined,
    report: () => undefined,
    ...settings,
  };
}

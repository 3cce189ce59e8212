import { join } from 'node:path';
import { FileCache, type ObjectStore } from '@honyaku/storage';
import { TensorProcess } from '@honyaku/tensor-process';
import pino from 'pino';
import { preprocessProtocol, trialProtocol } from '../src/child/protocol.ts';
import type { Delivery, WorkerParts } from '../src/jobs/job-context.ts';
import { WorkerMetrics } from '../src/metrics.ts';

/** All that jobs need of a worker, without queues, in the test's own process. */
export function workerParts(
  store: ObjectStore,
  folder: string,
  settings: Partial<WorkerParts> = {},
): WorkerParts & AsyncDisposable {
  const script = (name: string) => new URL(`../src/child/${name}.ts`, import.meta.url);
  const trials = new TensorProcess(trialProtocol, script('trial-child'));
  const preprocess = new TensorProcess(preprocessProtocol, script('preprocess-child'));
  return {
    store,
    cache: new FileCache({ folder: join(folder, 'files'), maxBytes: 1e9, store }),
    trials,
    preprocess,
    metrics: new WorkerMetrics('0'),
    logger: pino({ level: 'silent' }),
    workerName: 'here',
    codeVersion: '0',
    attemptsFolder: join(folder, 'attempts'),
    checkpointSeconds: 300,
    ...settings,
    [Symbol.asyncDispose]: async () => {
      await Promise.all([trials.stop(), preprocess.stop()]);
    },
  };
}

/** A delivery that nobody stops. */
export function delivery(settings: Partial<Delivery> = {}): Delivery {
  return {
    attemptsStarted: 1,
    newestAttempt: () => Promise.resolve(undefined),
    signal: new AbortController().signal,
    report: () => undefined,
    ...settings,
  };
}

/** The worker: serves queues until it is stopped, then stores a mid-epoch checkpoint and puts its running job back. */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { format } from 'node:util';
import {
  HonyakuError,
  messageOf,
  readEnvironment,
  redisNames,
  usableFolder,
  Unavailable,
  WorkerEnvironment,
} from '@honyaku/contracts';
import {
  FileCache,
  ObjectStore,
  RedisRequirements,
  requireConditionalPuts,
  untilAvailable,
} from '@honyaku/storage';
import { openLog, startTracing } from '@honyaku/telemetry';
import { type Logger } from 'pino';
import { TensorProcess } from '@honyaku/tensor-process';
import { preprocessProtocol, trialProtocol } from './child/protocol.ts';
import { serveHealth } from './status/health-server.ts';
import { removeAbandonedFolders } from './jobs/job-context.ts';
import { precisionMeasurement } from './jobs/precision.ts';
import type { WorkerContext } from './jobs/worker-context.ts';
import { NextTasks } from './jobs/next-tasks.ts';
import { WorkerMetrics } from './status/metrics.ts';
import { type Device, findDevice } from './machine/device.ts';
import { deletionCost, keepDeletionCost } from './status/pod-deletion-cost.ts';
import { requireAvx } from './machine/processor.ts';
import { startQueueWorker } from './queues/queue-workers.ts';
import { connectRedis } from './queues/redis-connection.ts';
import { StopNoticeListener } from './queues/stop-notices.ts';

const bootSeconds = 30;
/** Putting jobs back takes a second or two, but never ends without Redis or the bucket. */
const stopSeconds = 60;

const packageJson: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
const codeVersion =
  typeof packageJson === 'object' && packageJson !== null && 'version' in packageJson
    ? String(packageJson.version)
    : 'unknown';

async function main(): Promise<void> {
  const environment = readEnvironment(WorkerEnvironment, process.env);
  const workerName = environment.HONYAKU_WORKER_NAME ?? `${hostname()}-${randomBytes(2).toString('hex')}`;
  const logger = openLog(environment.HONYAKU_LOG_LEVEL, { worker: workerName });
  // BullMQ writes its warnings to the console.
  Object.assign(console, { warn: (...words: unknown[]) => logger.warn(format(...words)) });
  const endTracing = startTracing('honyaku-worker', codeVersion, environment.OTEL_EXPORTER_OTLP_ENDPOINT);
  const folder = environment.HONYAKU_CACHE_DIR;
  await usableFolder(folder, 'HONYAKU_CACHE_DIR');
  const device = await deviceFor(environment, logger);
  const metrics = new WorkerMetrics({ codeVersion, device, cacheFolder: folder, logger });
  const store = new ObjectStore({
    endpoint: environment.HONYAKU_S3_ENDPOINT,
    bucket: environment.HONYAKU_S3_BUCKET,
    region: environment.HONYAKU_S3_REGION,
    accessKey: environment.AWS_ACCESS_KEY_ID,
    secretKey: environment.AWS_SECRET_ACCESS_KEY,
    sessionToken: environment.AWS_SESSION_TOKEN,
    observe: metrics.observeStore,
  });
  const names = redisNames(environment.HONYAKU_REDIS_PREFIX, environment.HONYAKU_REDIS_URL);
  const redis = connectRedis(environment.HONYAKU_REDIS_URL);
  const requirements = new RedisRequirements(redis, names, store, logger);
  const waitFor = (name: string, attempt: () => Promise<unknown>) =>
    untilAvailable(name, attempt, {
      milliseconds: bootSeconds * 1000,
      onReason: (reason) => logger.warn({ reason }, `waiting for ${name}`),
    });
  try {
    await waitFor('the object store', async () => {
      await store.check();
      await requireConditionalPuts(store);
    });
    await waitFor('Redis', async () => {
      await requirements.answers();
      await requirements.isNoCluster();
      await requirements.belongsToBucket();
    });
  } catch (error) {
    redis.disconnect();
    throw error;
  }

  const attemptsFolder = join(folder, 'attempts');
  const trials = new TensorProcess(trialProtocol, new URL('./child/trial-child.ts', import.meta.url));
  const context: WorkerContext = {
    store,
    cache: new FileCache({
      folder: join(folder, 'files'),
      maxBytes: environment.HONYAKU_CACHE_BYTES,
      store,
      observe: metrics.observeCache,
    }),
    trials,
    preprocess: new TensorProcess(
      preprocessProtocol,
      new URL('./child/preprocess-child.ts', import.meta.url),
    ),
    metrics,
    logger,
    workerName,
    codeVersion,
    attemptsFolder,
    next: new NextTasks({ attemptsFolder, logger }),
    checkpointSeconds: environment.HONYAKU_CHECKPOINT_SECONDS,
    device,
    fasterPrecision: precisionMeasurement(
      (environment) => trials.request('faster-precision', {}, { environment }),
      device,
      logger,
    ),
    end: (reason) => void stop(reason, 1),
  };
  await removeAbandonedFolders(context);
  const workers = environment.HONYAKU_WORKER_ROLES.map((role) =>
    startQueueWorker(role, { url: environment.HONYAKU_REDIS_URL, prefix: names.queues }, context),
  );
  const notices = new StopNoticeListener(
    { url: environment.HONYAKU_REDIS_URL, channel: names.stop },
    {
      stop: (notice) => {
        logger.info(notice, 'stop notice received');
        for (const worker of workers) worker.stopSweep(notice);
      },
      ignored: () => metrics.ignoredMessages.inc({ channel: 'stop' }),
    },
    logger,
  );
  const { HONYAKU_POD_NAME: name, HONYAKU_POD_NAMESPACE: namespace } = environment;
  const costNow = () =>
    deletionCost({
      busy: workers.some(({ isBusy }) => isBusy()),
      unsavedSeconds: metrics.unsavedSeconds,
    });
  const cost = name === undefined ? undefined : await keepDeletionCost({ name, namespace }, costNow, logger);
  const health = await serveHealth(
    { host: environment.HONYAKU_HOST, port: environment.HONYAKU_WORKER_PORT },
    metrics,
    async () => {
      if (workers.some(({ worker }) => !worker.isRunning())) throw new Unavailable('a queue is not served');
      await Promise.all([requirements.check(), store.check()]);
    },
  );

  let stopping = false;
  const stop = async (reason: string, exitCode = 0) => {
    if (stopping) process.exit(1);
    stopping = true;
    logger.info({ reason }, 'stopping');
    setTimeout(() => {
      logger.error('could not stop in time; other workers take over its jobs when their locks expire');
      process.exit(1);
    }, stopSeconds * 1000).unref();
    const closed = Promise.all(workers.map((worker) => worker.close()));
    for (const { worker } of workers) worker.cancelAllJobs('drain');
    await closed;
    cost?.stop();
    notices.close();
    redis.disconnect();
    await Promise.all([context.trials.stop(), context.preprocess.stop(), health.close()]);
    await endTracing().catch((error: unknown) =>
      logger.warn({ reason: messageOf(error) }, 'spans were lost'),
    );
    logger.info('stopped');
    process.exit(exitCode);
  };
  process.on('SIGTERM', () => void stop('SIGTERM'));
  process.on('SIGINT', () => void stop('SIGINT'));
  // A worker that was started with an IPC channel must not outlive its parent.
  process.on('disconnect', () => void stop('the parent process ended'));
  logger.info(
    { roles: environment.HONYAKU_WORKER_ROLES, listening: health.addresses() },
    'honyaku worker started',
  );
}

/** @throws Unavailable with TensorFlow's reason when a GPU is required and it uses none */
async function deviceFor(environment: WorkerEnvironment, logger: Logger): Promise<Device> {
  if (!environment.HONYAKU_WORKER_ROLES.includes('trials')) return { type: 'cpu' };
  await requireAvx();
  const device = await findDevice(environment.HONYAKU_DEVICE);
  const unused = device.type === 'cpu' ? device.unused : undefined;
  if (unused) logger.warn(unused, 'trials train on the CPU, because TensorFlow does not use the GPU');
  logger.info({ device }, 'training device');
  return device;
}

try {
  await main();
} catch (error) {
  if (!(error instanceof HonyakuError)) throw error;
  process.stderr.write(`${messageOf(error)}\n`);
  process.exit(1);
}

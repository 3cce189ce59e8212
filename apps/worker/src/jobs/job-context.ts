import { randomBytes } from 'node:crypto';
import { readdir, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import {
  Cancelled,
  DatasetManifest,
  defaultKernels,
  defaultPrecision,
  NotFound,
  type Provenance,
  type Precision,
  type RuntimeSettings,
  type Sha256,
  type StoredFile,
  type TrainedRuntime,
} from '@honyaku/contracts';
import { type FileCache, type Folder, keys, type ObjectStore } from '@honyaku/storage';
import type { TensorProcess } from '@honyaku/tensor-process';
import type { Logger } from 'pino';
import { newAttemptFolder } from './attempts-folder.ts';
import { type Device, deviceEnvironment } from '../machine/device.ts';
import { usableProcessors } from '../machine/usable-processors.ts';
import type { preprocessProtocol, trialProtocol } from '../child/protocol.ts';
import type { WorkerMetrics } from '../status/metrics.ts';

const abandonedAfterMilliseconds = 24 * 3600 * 1000;

/** The parts of the worker that requests to the tensor process and uploads need. */
export interface TaskContext {
  readonly store: ObjectStore;
  readonly cache: FileCache;
  readonly trials: TensorProcess<typeof trialProtocol>;
  readonly preprocess: TensorProcess<typeof preprocessProtocol>;
  readonly metrics: WorkerMetrics;
  readonly logger: Logger;
  readonly workerName: string;
  readonly codeVersion: string;
  /** Folder for the files of running attempts, on the same file system as the cache. */
  readonly attemptsFolder: string;
  readonly checkpointSeconds: number;
  readonly device: Device;
  /** What `runtime.precision: auto` comes to on this worker. @throws ChildLost */
  readonly fasterPrecision: (runtime: RuntimeSettings) => Promise<Precision>;
}

/** One delivery of a job. */
export interface Delivery {
  /** The fencing token, which increases with each delivery of the job. */
  readonly attemptsStarted: number;
  /** The newest token of the job; undefined when Redis does not answer. */
  readonly newestAttempt: () => Promise<number | undefined>;
  readonly signal: AbortSignal;
  /** Whether other jobs wait for a worker; true when Redis does not answer. */
  readonly otherJobsWait: () => Promise<boolean>;
  /** Called when progress is stored that the next delivery continues from. */
  readonly onProgressStored: () => void;
  /** Reports progress through the queue; losing a report does not fail the job. */
  readonly report: (progress: object) => void;
}

/** A name for one attempt, so that two deliveries of one job never write to the same place. */
export function attemptName({ attemptsStarted }: Delivery): string {
  return `attempt-${attemptsStarted}-${randomBytes(3).toString('hex')}`;
}

/**
 * Called before a commit: a worker that was frozen while its job went to another must not commit. If Redis does not
 * answer, the conditional put of the record alone decides which worker commits.
 * @param uploaded the folder of this attempt's files, which is removed if the attempt is superseded
 * @throws Cancelled
 */
export async function refuseIfSuperseded(
  context: TaskContext,
  { attemptsStarted, newestAttempt }: Delivery,
  uploaded: Folder,
): Promise<void> {
  const newest = await newestAttempt();
  if (newest === undefined || newest <= attemptsStarted) return;
  await removeAttempt(context, uploaded);
  throw new Cancelled(`delivery ${attemptsStarted} was superseded by delivery ${newest}`);
}

/** Calls `use` with a temporary folder, which is removed afterwards. */
export async function withFolder<Result>(
  { attemptsFolder }: TaskContext,
  use: (folder: string) => Promise<Result>,
): Promise<Result> {
  const folder = newAttemptFolder(attemptsFolder);
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Removes folders that killed processes left behind; a running attempt writes to its folder far more often. */
export async function removeAbandonedFolders({ attemptsFolder }: TaskContext): Promise<void> {
  const names = await readdir(attemptsFolder).catch(() => []);
  for (const folder of names.map((name) => join(attemptsFolder, name))) {
    const found = await stat(folder).catch(() => undefined);
    if (found && Date.now() - found.mtimeMs > abandonedAfterMilliseconds)
      await rm(folder, { recursive: true, force: true });
  }
}

/** @throws NotFound when there is no such dataset; Corrupt */
export async function manifestOf({ store }: TaskContext, dataset: Sha256): Promise<DatasetManifest> {
  const manifest = await store.getRecord(DatasetManifest, keys.manifest(dataset));
  if (!manifest) throw new NotFound(`there is no dataset ${dataset}`);
  return manifest;
}

/** A local copy of a file that a record names relative to its folder. */
export function localCopy({ cache }: TaskContext, folder: string, file: StoredFile): Promise<string> {
  return cache.fetch(`${folder}/${file.key}`, file);
}

/** Uploads a local file into a folder of the bucket; the returned key is relative to that folder. */
export async function upload(
  { store }: TaskContext,
  folder: string,
  name: string,
  path: string,
): Promise<StoredFile> {
  const stored = await store.putFile(`${folder}/${name}`, path);
  return { ...stored, key: name };
}

/** Removes the files of a superseded attempt. */
export async function removeAttempt({ store }: TaskContext, attempt: Folder): Promise<void> {
  for await (const { key } of store.list(attempt)) await store.remove([key]);
}

/** Environment variables that native libraries read when they start and that affect a trial's bytes. */
export function tensorEnvironment(
  { threads, onednn, kernels = defaultKernels, precision = defaultPrecision }: TrainedRuntime,
  device: Device,
): Record<string, string> {
  // Native kernels are for CPUs. Those of TensorFlow that remain beside them sum in another order with more threads.
  const isNative = device.type === 'cpu' && kernels === 'native';
  return {
    ...deviceEnvironment(device),
    HONYAKU_KERNELS: isNative ? 'native' : 'tensorflow',
    HONYAKU_PRECISION: isNative ? precision : 'float32',
    HONYAKU_THREADS: String(isNative ? Math.min(threads, usableProcessors()) : threads),
    TF_NUM_INTRAOP_THREADS: String(isNative ? 1 : threads),
    TF_NUM_INTEROP_THREADS: '1',
    TF_ENABLE_ONEDNN_OPTS: onednn ? '1' : '0',
    TF_CPP_MIN_LOG_LEVEL: '2',
  };
}

/** The host, worker, versions and device of a result. */
export function provenanceOf(
  { workerName, codeVersion, device }: TaskContext,
  { tensorflowVersion, kernels }: Pick<Provenance, 'tensorflowVersion' | 'kernels'>,
): Provenance {
  return {
    host: hostname(),
    worker: workerName,
    codeVersion,
    nodeVersion: process.version,
    tensorflowVersion,
    ...(device.type === 'gpu'
      ? { gpu: { name: device.name, driver: device.driver, environment: device.environment } }
      : {}),
    ...(kernels === undefined ? {} : { kernels }),
  };
}

/** Metrics of this worker; the API exports the perplexities of trials. */
import { statfs } from 'node:fs/promises';
import { jobsOf, messageOf } from '@honyaku/contracts';
import { type CacheResult } from '@honyaku/storage';
import {
  askedGaugeIn,
  commonMetrics,
  counterIn,
  gaugeIn,
  histogramIn,
  storeObserverIn,
  workerMetrics,
} from '@honyaku/telemetry';
import type { Logger } from 'pino';
import { collectDefaultMetrics, Registry } from 'prom-client';
import type { Device } from '../machine/device.ts';

const usualOutcomes = ['completed', 'Cancelled', 'Unavailable'];

/** An unused GPU is named as well. */
function labelsOf(device: Device) {
  const gpu = device.type === 'gpu' ? device : device.unused;
  return { device: device.type, gpu: gpu?.name ?? '', driver: gpu?.driver ?? '' };
}

interface EpochPoint {
  readonly step: number;
  readonly targetTokens: number;
  readonly seconds: number;
}

interface TensorProcessState {
  readonly targetTokensPerSecond: number;
  readonly tensorBytes: number;
  readonly residentBytes: number;
}

export interface WorkerMetricsSettings {
  readonly codeVersion: string;
  readonly device: Device;
  /** Folder of the cache, whose disk space is measured. */
  readonly cacheFolder: string;
  readonly logger: Logger;
}

export class WorkerMetrics {
  readonly registry = new Registry();
  readonly observeStore = storeObserverIn(this.registry);
  readonly steps = counterIn(this.registry, workerMetrics.steps);
  readonly jobSeconds = histogramIn(this.registry, workerMetrics.jobDuration);
  readonly redeliveries = counterIn(this.registry, workerMetrics.redeliveries);
  readonly stalledJobs = counterIn(this.registry, workerMetrics.stalledJobs);
  readonly ignoredMessages = counterIn(this.registry, commonMetrics.ignoredMessages);
  private readonly targetTokens = counterIn(this.registry, workerMetrics.targetTokens);
  private readonly stepSeconds = histogramIn(this.registry, workerMetrics.stepDuration);
  private readonly targetTokensPerSecond = gaugeIn(this.registry, workerMetrics.targetTokensPerSecond);
  private readonly training = gaugeIn(this.registry, workerMetrics.training);
  private readonly tensorBytes = gaugeIn(this.registry, workerMetrics.tensorBytes);
  private readonly tensorProcessMemory = gaugeIn(this.registry, workerMetrics.tensorProcessMemory);
  private readonly checkpointBytes = histogramIn(this.registry, workerMetrics.checkpointBytes);
  private readonly cacheRequests = counterIn(this.registry, workerMetrics.cacheRequests);
  private readonly cacheFree = gaugeIn(this.registry, workerMetrics.cacheFree);
  private readonly cacheDisk = gaugeIn(this.registry, workerMetrics.cacheDisk);
  /** Training time of the running epoch that no stored checkpoint includes. */
  unsavedSeconds = 0;
  private readonly cacheFolder: string;
  private readonly logger: Logger;

  constructor({ codeVersion, device, cacheFolder, logger }: WorkerMetricsSettings) {
    // `increase` misses the first event of a series that starts with it.
    for (const { name, queue } of [...jobsOf('preprocess'), ...jobsOf('trials')]) {
      this.redeliveries.inc({ job_name: name }, 0);
      this.stalledJobs.inc({ queue }, 0);
      for (const outcome of usualOutcomes) this.jobSeconds.zero({ job_name: name, outcome });
    }
    this.ignoredMessages.inc({ channel: 'stop' }, 0);
    this.cacheFolder = cacheFolder;
    this.logger = logger;
    askedGaugeIn(this.registry, workerMetrics.unsaved, () => this.unsavedSeconds);
    collectDefaultMetrics({ register: this.registry });
    gaugeIn(this.registry, commonMetrics.buildInfo).set(
      { component: 'worker', version: codeVersion, node: process.version, ...labelsOf(device) },
      1,
    );
  }

  /** All metrics in Prometheus text format. */
  async text(): Promise<string> {
    await this.measureDisk();
    return this.registry.metrics();
  }

  /** Marks a trial's epoch as running on this worker, until the returned function is called. */
  trainingStarted(sweep: string, trial: string): () => void {
    this.training.set({ sweep, trial }, 1);
    return () => {
      this.training.remove({ sweep, trial });
      this.targetTokensPerSecond.set(0);
      this.unsavedSeconds = 0;
    };
  }

  /** Counts the steps between two points of an epoch. */
  stepsTaken(from: EpochPoint, to: EpochPoint): void {
    const steps = to.step - from.step;
    this.steps.inc(steps);
    this.targetTokens.inc(to.targetTokens - from.targetTokens);
    for (let step = 0; step < steps; step += 1) this.stepSeconds.observe((to.seconds - from.seconds) / steps);
  }

  /** Records speed and memory of the tensor process. */
  tensorProcessReported(state: TensorProcessState): void {
    this.targetTokensPerSecond.set(state.targetTokensPerSecond);
    this.tensorBytes.set(state.tensorBytes);
    this.tensorProcessMemory.set(state.residentBytes);
  }

  /** Records the size of a stored checkpoint. */
  checkpointStored(kind: 'epoch' | 'mid-epoch', files: readonly { readonly bytes: number }[]): void {
    this.checkpointBytes.observe(
      { kind },
      files.reduce((sum, { bytes }) => sum + bytes, 0),
    );
  }

  readonly observeCache = (result: CacheResult): void => this.cacheRequests.inc({ result });

  private async measureDisk(): Promise<void> {
    try {
      const { bsize, bavail, blocks } = await statfs(this.cacheFolder);
      this.cacheFree.set(bsize * bavail);
      this.cacheDisk.set(bsize * blocks);
    } catch (error) {
      this.logger.debug({ reason: messageOf(error) }, 'the disk space of the cache is unknown');
    }
  }
}

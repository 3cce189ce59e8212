/** Metrics of this worker itself; the API exports a trial's perplexity, whichever worker trained it. */
import { statfs } from 'node:fs/promises';
import { evaluateJob, messageOf, preprocessJob, trainEpochJob } from '@honyaku/contracts';
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

/** The GPU is named also where it is not used. */
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
  /** Folder of the cache, whose disk is watched. */
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
  /** Training of the epoch under way that no stored checkpoint holds. */
  unsavedSeconds = 0;
  private readonly cacheFolder: string;
  private readonly logger: Logger;

  constructor({ codeVersion, device, cacheFolder, logger }: WorkerMetricsSettings) {
    // A series that begins with its first event hides that event from `increase`.
    for (const { name, queue } of [preprocessJob, trainEpochJob, evaluateJob]) {
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

  /** The exposition text. */
  async text(): Promise<string> {
    await this.measureDisk();
    return this.registry.metrics();
  }

  /** Marks a trial's epoch as running on this worker, until the returned function is called. */
  trains(sweep: string, trial: string): () => void {
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

  /** Speed and memory that the tensor process reports while it trains. */
  tensorProcess(state: TensorProcessState): void {
    this.targetTokensPerSecond.set(state.targetTokensPerSecond);
    this.tensorBytes.set(state.tensorBytes);
    this.tensorProcessMemory.set(state.residentBytes);
  }

  /** Weights and optimiser state have been stored, at the end of an epoch or in its middle. */
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
      this.logger.debug({ reason: messageOf(error) }, 'the disk of the cache does not tell its size');
    }
  }
}

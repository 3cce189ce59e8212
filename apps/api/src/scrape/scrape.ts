/** What Prometheus scrapes from the API: metrics of this process, of sweeps and trials, and of the platform. */
import { messageOf } from '@honyaku/contracts';
import { type ObjectStore, redisInfo } from '@honyaku/storage';
import { type Redis } from 'ioredis';
import pTimeout from 'p-timeout';
import { type Logger } from 'pino';
import { demandOf } from './demand.ts';
import { type EventBus } from '../events/event-bus.ts';
import { type Queues } from '../queues/queues.ts';
import { type CurrentSweeps } from '../store/current-sweeps.ts';
import { type Metrics } from '../metrics/metrics.ts';
import { PlatformSeries } from './platform-series.ts';
import { SweepSeries } from './sweep-series.ts';

/** A scrape is answered within a second, even if Redis is slow. */
const collectMilliseconds = 800;

interface Sources {
  readonly metrics: Metrics;
  readonly redis: Redis;
  readonly objects: ObjectStore;
  readonly queues: Queues;
  readonly sweeps: CurrentSweeps;
  readonly bus: EventBus;
  readonly logger: Logger;
}

export class Scrape {
  private readonly ofSweeps: SweepSeries;
  private readonly ofPlatform: PlatformSeries;
  private underWay: Promise<void> | undefined;

  constructor(private readonly from: Sources) {
    const { registry } = from.metrics;
    this.ofSweeps = new SweepSeries(registry);
    this.ofPlatform = new PlatformSeries(registry, from.objects, from.bus);
  }

  get contentType(): string {
    return this.from.metrics.registry.contentType;
  }

  /** The exposition text. Series that cannot be collected in time are missing; those of the process are always there. */
  async text(): Promise<string> {
    this.ofPlatform.checkBucket();
    // A late collection continues, for the next scrape.
    this.underWay ??= this.collect().finally(() => (this.underWay = undefined));
    try {
      const message = `not collected within ${collectMilliseconds} ms`;
      await pTimeout(this.underWay, { milliseconds: collectMilliseconds, message });
    } catch (error) {
      this.ofSweeps.clear();
      this.ofPlatform.clear();
      this.from.logger.warn({ reason: messageOf(error) }, 'metrics of sweeps and queues are missing');
    }
    return this.from.metrics.registry.metrics();
  }

  private async collect(): Promise<void> {
    const { redis, queues, sweeps } = this.from;
    const [states, counts, oldest, info] = await Promise.all([
      sweeps.withTrials(),
      queues.counts(),
      queues.oldestWaiting(),
      redisInfo(redis),
    ]);
    await this.ofSweeps.show(states);
    this.ofPlatform.showRedis(info);
    this.ofPlatform.showQueues(counts, oldest);
    this.ofPlatform.showDemand(
      demandOf(states.map(({ sweep }) => sweep).filter(sweeps.needsWorkers), counts),
    );
  }
}

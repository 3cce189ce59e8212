/** Series of the platform: queues, demand for workers, Redis and the bucket. */
import { type Demand, type QueueName } from '@honyaku/contracts';
import { type ObjectStore, type RedisInfo } from '@honyaku/storage';
import { apiMetrics, askedGaugeIn, counterIn, gaugeIn } from '@honyaku/telemetry';
import { type Registry } from 'prom-client';
import { type EventBus } from '../events/event-bus.ts';
import { type QueueCounts } from '../queues/queues.ts';

export class PlatformSeries {
  private readonly jobs;
  private readonly oldest;
  private readonly demanded;
  private readonly redisUp;
  private readonly redisMemory;
  private readonly redisMemoryLimit;
  private readonly redisCommands;
  private readonly redisPersistence;
  private readonly bucketUp;
  private checking = false;

  constructor(
    registry: Registry,
    private readonly objects: ObjectStore,
    bus: EventBus,
  ) {
    this.jobs = gaugeIn(registry, apiMetrics.queueJobs);
    this.oldest = gaugeIn(registry, apiMetrics.queueOldestWaiting);
    this.demanded = gaugeIn(registry, apiMetrics.demand);
    this.redisUp = gaugeIn(registry, apiMetrics.redisUp);
    this.redisMemory = gaugeIn(registry, apiMetrics.redisMemory);
    this.redisMemoryLimit = gaugeIn(registry, apiMetrics.redisMemoryLimit);
    this.redisCommands = counterIn(registry, apiMetrics.redisCommands);
    this.redisPersistence = gaugeIn(registry, apiMetrics.redisPersistence);
    this.bucketUp = gaugeIn(registry, apiMetrics.objectStoreUp);
    askedGaugeIn(registry, apiMetrics.eventStreams, () => bus.listening);
    // The API does not start without its bucket, so this holds until a check fails.
    this.bucketUp.set(1);
  }

  /** @param oldest seconds for which the next job of each queue has waited */
  showQueues(counts: QueueCounts, oldest: ReadonlyMap<QueueName, number>): void {
    this.jobs.reset();
    for (const [queue, seconds] of oldest) this.oldest.set({ queue }, seconds);
    for (const [queue, states] of counts)
      for (const [state, jobs] of Object.entries(states)) this.jobs.set({ queue, state }, jobs);
  }

  showDemand(demand: Demand): void {
    for (const [role, { workers }] of Object.entries(demand)) this.demanded.set({ role }, workers);
  }

  showRedis(info: RedisInfo): void {
    this.redisUp.set(1);
    this.redisMemory.set(info.memoryBytes);
    this.redisMemoryLimit.set(info.memoryLimitBytes);
    this.redisPersistence.set(Number(info.persists));
    // Redis itself counts its commands; the counter is set to that total.
    this.redisCommands.reset();
    this.redisCommands.inc(info.commands);
  }

  /** Call it when Redis does not answer: no value is better than a stale one. */
  clear(): void {
    this.redisUp.set(0);
    for (const gauge of [this.jobs, this.oldest, this.demanded]) gauge.reset();
  }

  /** Starts a check of the bucket, which later scrapes report: no scrape waits for a bucket that does not answer. */
  checkBucket(): void {
    if (this.checking) return;
    this.checking = true;
    this.objects
      .check()
      .then(
        () => this.bucketUp.set(1),
        () => this.bucketUp.set(0),
      )
      .finally(() => (this.checking = false));
  }
}

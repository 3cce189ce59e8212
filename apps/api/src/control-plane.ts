/** What runs in the API beside answering requests, and the order in which it starts and stops. */
import { setTimeout as delay } from 'node:timers/promises';
import { Unavailable, messageOf } from '@honyaku/contracts';
import { type ObjectStore } from '@honyaku/storage';
import {
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { type QueueEvents, type Worker } from 'bullmq';
import { type Redis } from 'ioredis';
import pTimeout from 'p-timeout';
import { type Logger } from 'pino';
import { type Webhook } from 'standardwebhooks';
import { type EventBus } from './events/event-bus.ts';
import { followProgress } from './events/progress-events.ts';
import { type Metrics } from './metrics/metrics.ts';
import { startControlWorker } from './queues/control-worker.ts';
import { type PlanningThreads } from './planning/planning-threads.ts';
import { type Queues } from './queues/queues.ts';
import { type Advance } from './sweeps/advance.ts';
import { type Begin } from './sweeps/begin.ts';
import { type Collection } from './sweeps/collection.ts';
import { type SweepControl } from './sweeps/control.ts';
import { type Reconciliation } from './sweeps/reconciliation.ts';
import { startWebhookWorker } from './webhooks/delivery.ts';
import { type Translator } from './translator/translator.ts';

interface Surroundings {
  readonly redisUrl: string;
  readonly objects: ObjectStore;
  readonly logger: Logger;
  readonly waitMilliseconds: number;
  /** None when no sweep may name a webhook. */
  readonly signer: Webhook | undefined;
  readonly metrics: Pick<Metrics, 'ignoredMessage'>;
}

interface Parts {
  readonly redis: Redis;
  readonly queues: Queues;
  readonly bus: EventBus;
  readonly begin: Begin;
  readonly advance: Advance;
  readonly collection: Collection;
  readonly control: SweepControl;
  readonly reconciliation: Reconciliation;
  readonly translator: Translator;
  readonly planning: PlanningThreads;
}

export class ControlPlane
  implements OnApplicationBootstrap, BeforeApplicationShutdown, OnApplicationShutdown
{
  private worker: Worker | undefined;
  private webhooks: Worker | undefined;
  private progress: QueueEvents | undefined;

  constructor(
    private readonly surroundings: Surroundings,
    private readonly parts: Parts,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    const { redisUrl, objects, logger, signer, metrics } = this.surroundings;
    const { redis, bus, begin, advance, collection, control, reconciliation } = this.parts;
    this.parts.planning.start();
    await this.waitFor('Redis', () => redis.ping());
    await this.waitFor('the object store', () => objects.ensureBucket());
    await bus.start();
    this.progress = await followProgress(redisUrl, bus, () => metrics.ignoredMessage('progress'), logger);
    this.worker = startControlWorker(
      redisUrl,
      {
        begin: (id) => begin.run(id),
        advance: (payload) => advance.run(payload),
        collect: (id) => collection.run(id, { dryRun: false }),
        giveUp: (id, reason) => control.fail(id, reason),
      },
      logger,
    );
    if (signer) this.webhooks = startWebhookWorker(redisUrl, signer, logger);
    await reconciliation.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.parts.reconciliation.stop();
    await Promise.all([this.worker?.close(), this.webhooks?.close()]);
    await Promise.all([this.parts.translator.stop(), this.parts.planning.stop()]);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.progress?.close();
    await this.parts.queues.close();
    this.parts.bus.stop();
    this.parts.redis.disconnect();
  }

  /** @throws Unavailable naming the service when it does not answer in time */
  private async waitFor(name: string, attempt: () => Promise<unknown>): Promise<void> {
    const { logger, waitMilliseconds } = this.surroundings;
    const end = Date.now() + waitMilliseconds;
    for (let said = false; ; said = true) {
      try {
        await pTimeout(attempt(), { milliseconds: Math.max(1, end - Date.now()), message: 'no answer' });
        return;
      } catch (error) {
        if (Date.now() >= end) {
          const seconds = waitMilliseconds / 1000;
          throw new Unavailable(`${name} did not answer within ${seconds} s: ${messageOf(error)}`, {
            cause: error,
          });
        }
        if (!said) logger.warn({ reason: messageOf(error) }, `waiting for ${name}`);
        await delay(Math.min(500, end - Date.now()));
      }
    }
  }
}

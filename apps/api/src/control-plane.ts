/** Starts and stops the API's background services (queue workers, event bus, reconciliation), in the right order. */
import { advanceJob, beginJob, collectJob, concludeJob, handlerOf } from '@honyaku/contracts';
import {
  type ObjectStore,
  type RedisRequirements,
  removeAbandonedFolders,
  requireConditionalPuts,
  untilAvailable,
} from '@honyaku/storage';
import {
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { type QueueEvents, type Worker } from 'bullmq';
import { type Redis } from 'ioredis';
import { type EventBus } from './events/event-bus.ts';
import { followProgress } from './events/progress-events.ts';
import { type Metrics } from './metrics/metrics.ts';
import { startControlWorker } from './jobs/control-worker.ts';
import { type PlanningThreads } from './planning/planning-threads.ts';
import { type Queues } from './queues/queues.ts';
import { type Advance } from './jobs/advance.ts';
import { type Begin } from './jobs/begin.ts';
import { type Conclude } from './jobs/conclude.ts';
import { type Collection } from './retention/collection.ts';
import { type SweepControl } from './sweeps/sweep-control.ts';
import { type Reconciliation } from './reconciliation/reconciliation.ts';
import { type Context } from './wiring/context.ts';
import { startWebhookWorker } from './webhooks/webhooks.ts';
import { type Translator } from './translator/translator.ts';

interface Dependencies {
  readonly redis: Redis;
  readonly requirements: RedisRequirements;
  readonly objects: ObjectStore;
  readonly queues: Queues;
  readonly bus: EventBus;
  readonly begin: Begin;
  readonly advance: Advance;
  readonly conclude: Conclude;
  readonly collection: Collection;
  readonly control: SweepControl;
  readonly reconciliation: Reconciliation;
  readonly translator: Translator;
  readonly planning: PlanningThreads;
  readonly metrics: Pick<Metrics, 'ignoredMessage'>;
}

export class ControlPlane
  implements OnApplicationBootstrap, BeforeApplicationShutdown, OnApplicationShutdown
{
  private worker: Worker | undefined;
  private webhooks: Worker | undefined;
  private progress: QueueEvents | undefined;

  constructor(
    private readonly context: Context,
    private readonly using: Dependencies,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    const { environment, names, logger, signer } = this.context;
    const redisUrl = environment.HONYAKU_REDIS_URL;
    const { requirements, objects, bus, begin, advance, conclude, collection } = this.using;
    const { control, reconciliation, metrics } = this.using;
    this.using.planning.start();
    await removeAbandonedFolders(['corpus', 'translator']);
    await this.waitFor('Redis', async () => {
      await requirements.answers();
      await requirements.isNoCluster();
    });
    await this.waitFor('the object store', async () => {
      await objects.ensureBucket();
      await requireConditionalPuts(objects);
    });
    await this.waitFor('Redis', () => requirements.belongsToBucket());
    await bus.start();
    this.progress = await followProgress(
      redisUrl,
      names.queues,
      bus,
      () => metrics.ignoredMessage('progress'),
      logger,
    );
    this.worker = startControlWorker(
      redisUrl,
      names.queues,
      {
        handlers: [
          handlerOf(beginJob, ({ sweepId }) => begin.run(sweepId)),
          handlerOf(advanceJob, (epoch) => advance.run(epoch)),
          handlerOf(concludeJob, (scored) => conclude.run(scored)),
          handlerOf(collectJob, async ({ sweepId }) => {
            await collection.run(sweepId, { dryRun: false });
          }),
        ],
        giveUp: (id, reason) => control.fail(id, reason),
        giveUpScore: (scored, reason) => conclude.fail(scored, reason),
      },
      logger,
    );
    if (signer) this.webhooks = startWebhookWorker(redisUrl, names.queues, signer, logger);
    await reconciliation.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.using.reconciliation.stop();
    await Promise.all([this.worker?.close(), this.webhooks?.close()]);
    await Promise.all([this.using.translator.stop(), this.using.planning.stop()]);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.progress?.close();
    await this.using.queues.close();
    this.using.bus.stop();
    this.using.redis.disconnect();
  }

  private waitFor(name: string, attempt: () => Promise<unknown>): Promise<void> {
    const { logger, waitMilliseconds: milliseconds } = this.context;
    const onReason = (reason: string) => logger.warn({ reason }, `waiting for ${name}`);
    return untilAvailable(name, attempt, { milliseconds, onReason });
  }
}

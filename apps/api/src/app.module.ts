/** Wires the control plane: connections, then the providers of each folder and the sweep observers, then controllers. */
import { type ApiEnvironment, answerSeconds, redisNames } from '@honyaku/contracts';
import { ObjectStore, RedisRequirements } from '@honyaku/storage';
import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { Redis } from 'ioredis';
import { BestBundles } from './best/best-bundles.ts';
import { PublishedBucket } from './best/best-downloads.ts';
import { bestProviders } from './best/providers.ts';
import { ControlPlane } from './control-plane.ts';
import { ControlController } from './controllers/control.controller.ts';
import { CorporaController, DatasetsController } from './controllers/corpora.controller.ts';
import { StartsController } from './controllers/starts.controller.ts';
import { EventsController } from './controllers/events.controller.ts';
import {
  DemandController,
  HealthController,
  MetricsController,
} from './controllers/operations.controller.ts';
import { RetentionController } from './controllers/retention.controller.ts';
import { SearchController } from './controllers/search.controller.ts';
import { SweepsController } from './controllers/sweeps.controller.ts';
import { TrialsController } from './controllers/trials.controller.ts';
import { CorpusStore } from './corpora/corpus-store.ts';
import { StartStore } from './starts/start-store.ts';
import { TrialStarts } from './starts/trial-starts.ts';
import { ChangeEvents } from './events/change-events.ts';
import { EventBus } from './events/event-bus.ts';
import { Advance } from './jobs/advance.ts';
import { Conclude } from './jobs/conclude.ts';
import { Begin } from './jobs/begin.ts';
import { jobProviders } from './jobs/providers.ts';
import { Metrics } from './metrics/metrics.ts';
import { PlanningThreads } from './planning/planning-threads.ts';
import { FairShare } from './queues/fair-share.ts';
import { Queues } from './queues/queues.ts';
import { reconciliationProviders } from './reconciliation/providers.ts';
import { Reconciliation } from './reconciliation/reconciliation.ts';
import { connectRedis, connectSubscriber } from './redis/connection.ts';
import { Collection, collectionAtEnd } from './retention/collection.ts';
import { Scrape } from './scrape/scrape.ts';
import { CurrentSweeps } from './store/current-sweeps.ts';
import { storeProviders } from './store/providers.ts';
import { SweepCache } from './store/sweep-cache.ts';
import { SweepLog } from './store/sweep-log.ts';
import { SweepStore } from './store/sweep-store.ts';
import { UnreadableSweeps } from './store/unreadable-sweeps.ts';
import { EpochFlows } from './sweeps/epoch-flows.ts';
import { sweepProviders } from './sweeps/providers.ts';
import { SweepChanges } from './sweeps/sweep-changes.ts';
import { SweepControl } from './sweeps/sweep-control.ts';
import { Translator } from './translator/translator.ts';
import { TrialReader } from './trials/trial-reader.ts';
import { WebhookObserver, signerOf } from './webhooks/webhooks.ts';
import { type Context, provide } from './wiring/context.ts';

export type ApiSettings = Omit<Context, 'names' | 'signer'>;

@Module({})
export class AppModule {
  static with(settings: ApiSettings): DynamicModule {
    const { environment } = settings;
    const secret = environment.HONYAKU_WEBHOOK_SECRET;
    const context = {
      ...settings,
      names: redisNames(environment.HONYAKU_REDIS_PREFIX, environment.HONYAKU_REDIS_URL),
      signer: secret === undefined ? undefined : signerOf(secret),
    };
    return {
      module: AppModule,
      controllers: [
        SweepsController,
        ControlController,
        SearchController,
        RetentionController,
        TrialsController,
        CorporaController,
        DatasetsController,
        StartsController,
        EventsController,
        HealthController,
        MetricsController,
        DemandController,
      ],
      providers: [
        ...connectionProviders(context),
        ...storeProviders(context),
        ...sweepProviders(context),
        ...observerProviders(context),
        ...bestProviders(context),
        ...jobProviders(),
        ...reconciliationProviders(context),
        ...operationProviders(context),
        provide(TrialReader, [ObjectStore, SweepStore], (objects, store) => new TrialReader(objects, store)),
        provide(CorpusStore, [ObjectStore], (objects) => new CorpusStore(objects)),
        provide(StartStore, [ObjectStore], (objects) => new StartStore(objects)),
        provide(
          TrialStarts,
          [ObjectStore, TrialReader, StartStore],
          (objects, trials, starts) => new TrialStarts(objects, trials, starts),
        ),
      ],
    };
  }
}

/** Redis, the bucket, the queues and the planning threads. */
function connectionProviders({ environment, names, logger }: Context): Provider[] {
  const redisUrl = environment.HONYAKU_REDIS_URL;
  return [
    provide(PlanningThreads, [], () => new PlanningThreads()),
    provide(
      ObjectStore,
      [Metrics],
      (metrics) => new ObjectStore(bucketAt(environment, environment.HONYAKU_S3_ENDPOINT, metrics)),
    ),
    provide(
      PublishedBucket,
      [Metrics],
      (metrics) =>
        new PublishedBucket(
          bucketAt(
            environment,
            environment.HONYAKU_S3_PUBLIC_ENDPOINT ?? environment.HONYAKU_S3_ENDPOINT,
            metrics,
          ),
        ),
    ),
    provide(Redis, [], () => connectRedis(redisUrl, logger)),
    provide(
      RedisRequirements,
      [Redis, ObjectStore],
      (redis, objects) => new RedisRequirements(redis, names, objects, logger),
    ),
    provide(
      Queues,
      [Redis],
      (redis) => new Queues(redisUrl, redis, new FairShare(redis, names), logger, names.queues),
    ),
    provide(
      EventBus,
      [Redis, Metrics],
      (redis, metrics) =>
        new EventBus(redis, connectSubscriber(redisUrl, logger), logger, names, () =>
          metrics.ignoredMessage('events'),
        ),
    ),
  ];
}

/** The client of a request still waits when the API gives up on a bucket that is silent, and gets that as the reason. */
const bucketLimits = { requestSeconds: answerSeconds / 3, totalSeconds: (2 * answerSeconds) / 3 };

function bucketAt(environment: ApiEnvironment, endpoint: string, { observeStore }: Metrics) {
  return {
    endpoint,
    bucket: environment.HONYAKU_S3_BUCKET,
    region: environment.HONYAKU_S3_REGION,
    accessKey: environment.AWS_ACCESS_KEY_ID,
    secretKey: environment.AWS_SECRET_ACCESS_KEY,
    sessionToken: environment.AWS_SESSION_TOKEN,
    observe: observeStore,
    ...bucketLimits,
  };
}

/** The observers of each change of a sweep, in the order in which they are notified, and `SweepChanges` itself. */
function observerProviders({ logger }: Context): Provider[] {
  return [
    provide(ChangeEvents, [EventBus], (bus) => new ChangeEvents(bus, logger)),
    provide(WebhookObserver, [Queues], (queues) => new WebhookObserver(queues)),
    provide(
      SweepChanges,
      [
        SweepLog,
        SweepCache,
        SweepStore,
        EpochFlows,
        BestBundles,
        ChangeEvents,
        WebhookObserver,
        Queues,
        Metrics,
      ],
      (log, cache, store, flows, bundles, events, messages, queues, metrics) =>
        new SweepChanges(log, cache, store, flows, [
          bundles,
          events,
          messages,
          collectionAtEnd(queues),
          metrics,
        ]),
    ),
  ];
}

/** Background services: metrics, garbage collection and the control plane that starts and stops them all. */
function operationProviders(context: Context): Provider[] {
  const { version, logger } = context;
  return [
    provide(Metrics, [UnreadableSweeps], (unreadable) => new Metrics(version, unreadable)),
    provide(
      Scrape,
      [Metrics, Redis, ObjectStore, Queues, CurrentSweeps, EventBus],
      (metrics, redis, objects, queues, sweeps, bus) =>
        new Scrape({ metrics, redis, objects, queues, sweeps, bus, logger }),
    ),
    provide(
      Collection,
      [ObjectStore, SweepCache],
      (objects, cache) => new Collection(objects, cache, logger),
    ),
    provide(
      ControlPlane,
      [
        Redis,
        RedisRequirements,
        ObjectStore,
        Queues,
        EventBus,
        Begin,
        Advance,
        Conclude,
        Collection,
        SweepControl,
        Reconciliation,
        Translator,
        PlanningThreads,
        Metrics,
      ],
      (redis, requirements, objects, queues, bus, begin, advance, conclude, collection, ...others) => {
        const [control, reconciliation, translator, planning, metrics] = others;
        return new ControlPlane(context, {
          ...{ redis, requirements, objects, queues, bus, begin, advance, conclude, collection },
          ...{ control, reconciliation, translator, planning, metrics },
        });
      },
    ),
  ];
}

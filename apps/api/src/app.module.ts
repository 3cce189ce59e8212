/** Wires the control plane: connections first, then what uses them, then the controllers. */
import { type ApiEnvironment, redisNames } from '@honyaku/contracts';
import { ObjectStore, RedisRequirements } from '@honyaku/storage';
import { type DynamicModule, type FactoryProvider, Module, type Type } from '@nestjs/common';
import { Redis } from 'ioredis';
import { type Logger } from 'pino';
import { ControlPlane } from './control-plane.ts';
import { CorporaController } from './controllers/corpora.controller.ts';
import { DatasetsController } from './controllers/datasets.controller.ts';
import { CorpusStore } from './corpora/corpus-store.ts';
import { EventBus } from './events/event-bus.ts';
import { EventsController } from './controllers/events.controller.ts';
import { HealthController } from './controllers/health.controller.ts';
import { DemandController } from './controllers/demand.controller.ts';
import { CurrentSweeps } from './store/current-sweeps.ts';
import { Metrics } from './metrics/metrics.ts';
import { MetricsController } from './controllers/metrics.controller.ts';
import { Scrape } from './metrics/scrape.ts';
import { PlanningThreads } from './planning/planning-threads.ts';
import { FairShare } from './queues/fair-share.ts';
import { Queues } from './queues/queues.ts';
import { connectRedis, connectSubscriber } from './redis/connection.ts';
import { Advance } from './jobs/advance.ts';
import { Begin } from './jobs/begin.ts';
import { BestBundles } from './best/best-bundles.ts';
import { BestDownloads } from './best/best-downloads.ts';
import { Collection } from './retention/collection.ts';
import { ControlController } from './controllers/control.controller.ts';
import { SweepControl } from './sweeps/sweep-control.ts';
import { SearchController } from './controllers/search.controller.ts';
import { SweepCache } from './store/sweep-cache.ts';
import { SweepLog } from './store/sweep-log.ts';
import { StopNotices } from './sweeps/stop-notices.ts';
import { PutBackReason } from './sweeps/put-back-reason.ts';
import { Reconciliation } from './reconciliation/reconciliation.ts';
import { Reindex } from './reconciliation/reindex.ts';
import { RetentionController } from './controllers/retention.controller.ts';
import { Submission } from './sweeps/submission.ts';
import { SweepChanges } from './sweeps/sweep-changes.ts';
import { SweepStore } from './store/sweep-store.ts';
import { SweepsController } from './controllers/sweeps.controller.ts';
import { UnreadableSweeps } from './store/unreadable-sweeps.ts';
import { BundleFiles } from './best/bundle-files.ts';
import { startTranslatingChild } from './translator/translating-child.ts';
import { Translator } from './translator/translator.ts';
import { signerOf } from './webhooks/delivery.ts';
import { TrialReader } from './trials/trial-reader.ts';
import { TrialsController } from './controllers/trials.controller.ts';

export interface ApiSettings {
  readonly environment: ApiEnvironment;
  readonly logger: Logger;
  readonly version: string;
  /** How long Redis and the bucket may take to answer at the start. */
  readonly waitMilliseconds: number;
}

/** tsx emits no parameter types, so that each dependency is named here once, beside the constructor's call. */
function provide<Service>(
  service: Type<Service>,
  inject: FactoryProvider['inject'] & object,
  useFactory: FactoryProvider<Service>['useFactory'],
): FactoryProvider<Service> {
  return { provide: service, inject, useFactory };
}

@Module({})
export class AppModule {
  static with({ environment, logger, version, waitMilliseconds }: ApiSettings): DynamicModule {
    const redisUrl = environment.HONYAKU_REDIS_URL;
    const names = redisNames(environment.HONYAKU_REDIS_PREFIX);
    const bucket = environment.HONYAKU_S3_BUCKET;
    const secret = environment.HONYAKU_WEBHOOK_SECRET;
    const signer = secret === undefined ? undefined : signerOf(secret);
    const metrics = new Metrics(version);
    const unreadable = new UnreadableSweeps(logger);
    metrics.observeUnreadable(unreadable);
    const planning = new PlanningThreads();
    const { HONYAKU_S3_ENDPOINT: endpoint, HONYAKU_S3_PUBLIC_ENDPOINT: publicEndpoint = endpoint } =
      environment;
    const storeAt = (address: string) => ({
      endpoint: address,
      bucket,
      region: environment.HONYAKU_S3_REGION,
      accessKey: environment.AWS_ACCESS_KEY_ID,
      secretKey: environment.AWS_SECRET_ACCESS_KEY,
      sessionToken: environment.AWS_SESSION_TOKEN,
      observe: metrics.observeStore,
    });
    const objects = new ObjectStore(storeAt(endpoint));
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
        EventsController,
        HealthController,
        MetricsController,
        DemandController,
      ],
      providers: [
        { provide: ObjectStore, useValue: objects },
        { provide: PlanningThreads, useValue: planning },
        provide(Redis, [], () => connectRedis(redisUrl, logger)),
        provide(
          RedisRequirements,
          [Redis],
          (redis: Redis) => new RedisRequirements(redis, names, objects, logger),
        ),
        provide(
          Queues,
          [Redis],
          (redis: Redis) => new Queues(redisUrl, redis, new FairShare(redis, names), logger, names.queues),
        ),
        provide(
          EventBus,
          [Redis],
          (redis: Redis) =>
            new EventBus(redis, connectSubscriber(redisUrl, logger), logger, names, () =>
              metrics.ignoredMessage('events'),
            ),
        ),
        provide(SweepStore, [Redis], (redis: Redis) => new SweepStore(redis, names)),
        provide(SweepLog, [], () => new SweepLog(objects)),
        provide(
          SweepCache,
          [SweepLog, SweepStore],
          (log: SweepLog, store: SweepStore) => new SweepCache(objects, log, store, planning),
        ),
        provide(
          SweepChanges,
          [SweepLog, SweepCache, SweepStore, Queues, BestBundles, EventBus],
          (
            log: SweepLog,
            states: SweepCache,
            store: SweepStore,
            queues: Queues,
            bundles: BestBundles,
            bus: EventBus,
          ) => new SweepChanges(objects, log, states, store, queues, bundles, bus, logger, metrics),
        ),
        provide(Collection, [SweepCache], (states: SweepCache) => new Collection(objects, states, logger)),
        provide(BestBundles, [SweepStore], (store: SweepStore) => new BestBundles(objects, store, logger)),
        provide(
          Submission,
          [SweepCache, Queues, SweepChanges],
          (states: SweepCache, queues: Queues, changes: SweepChanges) =>
            new Submission(objects, states, queues, changes, signer !== undefined),
        ),
        provide(
          Begin,
          [SweepCache, Queues, SweepChanges],
          (states: SweepCache, queues: Queues, changes: SweepChanges) =>
            new Begin(objects, states, queues, changes),
        ),
        provide(
          Advance,
          [SweepCache, Queues, SweepChanges, BestBundles],
          (states: SweepCache, queues: Queues, changes: SweepChanges, bundles: BestBundles) =>
            new Advance(objects, states, queues, changes, bundles),
        ),
        provide(
          SweepControl,
          [Redis, SweepCache, Queues, SweepChanges],
          (redis: Redis, states: SweepCache, queues: Queues, changes: SweepChanges) =>
            new SweepControl(states, queues, changes, new StopNotices(redis, names.stop), planning),
        ),
        { provide: UnreadableSweeps, useValue: unreadable },
        provide(
          Reconciliation,
          [Redis, SweepStore, SweepCache, SweepChanges, Queues, BestBundles],
          (
            redis: Redis,
            store: SweepStore,
            states: SweepCache,
            changes: SweepChanges,
            queues: Queues,
            bundles: BestBundles,
          ) =>
            new Reconciliation({
              redis,
              objects,
              store,
              states,
              changes,
              queues,
              bundles,
              unreadable,
              logger,
            }),
        ),
        provide(
          PutBackReason,
          [Redis, SweepCache],
          (redis: Redis, states: SweepCache) => new PutBackReason(redis, states),
        ),
        provide(
          BestDownloads,
          [SweepStore, BestBundles, BundleFiles],
          (store: SweepStore, bundles: BestBundles, files: BundleFiles) =>
            new BestDownloads(objects, new ObjectStore(storeAt(publicEndpoint)), store, bundles, files),
        ),
        provide(BundleFiles, [BestBundles], (bundles: BestBundles) => new BundleFiles(objects, bundles)),
        provide(
          Translator,
          [BundleFiles],
          (files: BundleFiles) => new Translator(files, startTranslatingChild),
        ),
        provide(TrialReader, [SweepStore], (store: SweepStore) => new TrialReader(objects, store)),
        provide(CorpusStore, [], () => new CorpusStore(objects)),
        provide(
          Reindex,
          [Redis, Reconciliation],
          (redis: Redis, reconciliation: Reconciliation) =>
            new Reindex(redis, reconciliation, logger, names.reindex),
        ),
        { provide: Metrics, useValue: metrics },
        provide(
          CurrentSweeps,
          [SweepStore, SweepCache],
          (store: SweepStore, states: SweepCache) => new CurrentSweeps(store, states, unreadable),
        ),
        provide(
          Scrape,
          [Redis, Queues, CurrentSweeps, EventBus],
          (redis: Redis, queues: Queues, sweeps: CurrentSweeps, bus: EventBus) =>
            new Scrape({ metrics, redis, objects, queues, sweeps, bus, logger }),
        ),
        provide(
          ControlPlane,
          [
            Redis,
            RedisRequirements,
            Queues,
            EventBus,
            Begin,
            Advance,
            Collection,
            SweepControl,
            Reconciliation,
            Translator,
          ],
          (
            redis: Redis,
            requirements: RedisRequirements,
            queues: Queues,
            bus: EventBus,
            begin: Begin,
            advance: Advance,
            collection: Collection,
            control: SweepControl,
            reconciliation: Reconciliation,
            translator: Translator,
          ) =>
            new ControlPlane(
              { redisUrl, names, objects, logger, waitMilliseconds, signer, metrics },
              {
                redis,
                requirements,
                queues,
                bus,
                begin,
                advance,
                collection,
                control,
                reconciliation,
                translator,
                planning,
              },
            ),
        ),
      ],
    };
  }
}

import { ObjectStore } from '@honyaku/storage';
import { type Provider } from '@nestjs/common';
import { Redis } from 'ioredis';
import { BestBundles } from '../best/best-bundles.ts';
import { EventBus } from '../events/event-bus.ts';
import { Queues } from '../queues/queues.ts';
import { SweepCache } from '../store/sweep-cache.ts';
import { SweepStore } from '../store/sweep-store.ts';
import { UnreadableSweeps } from '../store/unreadable-sweeps.ts';
import { FollowUps } from '../sweeps/follow-ups.ts';
import { SweepChanges } from '../sweeps/sweep-changes.ts';
import { WebhookObserver } from '../webhooks/webhooks.ts';
import { type Context, provide } from '../wiring/context.ts';
import { Reconciliation } from './reconciliation.ts';
import { Reindex } from './reindex.ts';

export function reconciliationProviders({ names, logger }: Context): Provider[] {
  return [
    provide(
      Reconciliation,
      [
        Redis,
        ObjectStore,
        SweepStore,
        SweepCache,
        SweepChanges,
        Queues,
        BestBundles,
        WebhookObserver,
        FollowUps,
        UnreadableSweeps,
        EventBus,
      ],
      (redis, objects, store, cache, changes, queues, bundles, messages, followUps, unreadable, bus) =>
        new Reconciliation({
          ...{ redis, names, objects, store, cache, changes, queues },
          ...{ bundles, messages, followUps, unreadable, bus, logger },
        }),
    ),
    provide(
      Reindex,
      [Redis, Reconciliation],
      (redis, reconciliation) => new Reindex(redis, reconciliation, logger, names.reindex),
    ),
  ];
}

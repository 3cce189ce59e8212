import { ObjectStore } from '@honyaku/storage';
import { type Provider } from '@nestjs/common';
import { Redis } from 'ioredis';
import { PlanningThreads } from '../planning/planning-threads.ts';
import { Queues } from '../queues/queues.ts';
import { StartStore } from '../starts/start-store.ts';
import { SweepCache } from '../store/sweep-cache.ts';
import { SweepStore } from '../store/sweep-store.ts';
import { type Context, provide } from '../wiring/context.ts';
import { EpochFlows } from './epoch-flows.ts';
import { FollowUps } from './follow-ups.ts';
import { PutBackReason } from './put-back-reason.ts';
import { Submission } from './submission.ts';
import { SweepChanges } from './sweep-changes.ts';
import { StopNotices } from './stop-notices.ts';
import { SweepControl } from './sweep-control.ts';

/** All but `SweepChanges`, which is made where its observers are known. */
export function sweepProviders({ names, signer, logger }: Context): Provider[] {
  return [
    provide(FollowUps, [Redis], (redis) => new FollowUps(redis, logger)),
    provide(
      EpochFlows,
      [ObjectStore, Queues, SweepCache],
      (objects, queues, cache) => new EpochFlows(objects, queues, cache),
    ),
    provide(
      Submission,
      [ObjectStore, StartStore, SweepCache, SweepStore, Queues, SweepChanges, PlanningThreads, FollowUps],
      (objects, starts, cache, store, queues, changes, planning, followUps) =>
        new Submission({
          ...{ objects, starts, cache, store, queues, changes, planning, followUps },
          signsWebhooks: signer !== undefined,
        }),
    ),
    provide(StopNotices, [Redis], (redis) => new StopNotices(redis, names.stop)),
    provide(
      SweepControl,
      [SweepCache, Queues, SweepChanges, StopNotices, PlanningThreads, FollowUps],
      (cache, queues, changes, notices, planning, followUps) =>
        new SweepControl(cache, queues, changes, notices, planning, followUps),
    ),
    provide(PutBackReason, [Queues, SweepCache], (queues, cache) => new PutBackReason(queues, cache)),
  ];
}

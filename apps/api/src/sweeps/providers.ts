import { ObjectStore } from '@honyaku/storage';
import { type Provider } from '@nestjs/common';
import { Redis } from 'ioredis';
import { PlanningThreads } from '../planning/planning-threads.ts';
import { Queues } from '../queues/queues.ts';
import { SweepCache } from '../store/sweep-cache.ts';
import { type Context, provide } from '../wiring/context.ts';
import { EpochFlows } from './epoch-flows.ts';
import { PutBackReason } from './put-back-reason.ts';
import { Submission } from './submission.ts';
import { SweepChanges } from './sweep-changes.ts';
import { StopNotices, SweepControl } from './sweep-control.ts';

/** All but `SweepChanges`, which is made where its observers are known. */
export function sweepProviders({ names, signer }: Context): Provider[] {
  return [
    provide(EpochFlows, [ObjectStore, Queues], (objects, queues) => new EpochFlows(objects, queues)),
    provide(
      Submission,
      [ObjectStore, SweepCache, Queues, SweepChanges],
      (objects, cache, queues, changes) =>
        new Submission(objects, cache, queues, changes, signer !== undefined),
    ),
    provide(StopNotices, [Redis], (redis) => new StopNotices(redis, names.stop)),
    provide(
      SweepControl,
      [SweepCache, Queues, SweepChanges, StopNotices, PlanningThreads],
      (cache, queues, changes, notices, planning) =>
        new SweepControl(cache, queues, changes, notices, planning),
    ),
    provide(PutBackReason, [Queues, SweepCache], (queues, cache) => new PutBackReason(queues, cache)),
  ];
}

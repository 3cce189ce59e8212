import { ObjectStore } from '@honyaku/storage';
import { type Provider } from '@nestjs/common';
import { Redis } from 'ioredis';
import { PlanningThreads } from '../planning/planning-threads.ts';
import { type Context, provide } from '../wiring/context.ts';
import { CurrentSweeps } from './current-sweeps.ts';
import { SweepCache } from './sweep-cache.ts';
import { SweepLog } from './sweep-log.ts';
import { SweepStore } from './sweep-store.ts';
import { UnreadableSweeps } from './unreadable-sweeps.ts';

export function storeProviders({ names, logger }: Context): Provider[] {
  return [
    provide(UnreadableSweeps, [], () => new UnreadableSweeps(logger)),
    provide(
      SweepStore,
      [Redis, UnreadableSweeps],
      (redis, unreadable) => new SweepStore(redis, names, unreadable),
    ),
    provide(SweepLog, [ObjectStore, PlanningThreads], (objects, planning) => new SweepLog(objects, planning)),
    provide(
      SweepCache,
      [ObjectStore, SweepLog, SweepStore, PlanningThreads],
      (objects, log, store, planning) => new SweepCache(objects, log, store, planning),
    ),
    provide(
      CurrentSweeps,
      [SweepStore, SweepCache, UnreadableSweeps],
      (store, cache, unreadable) => new CurrentSweeps(store, cache, unreadable),
    ),
  ];
}

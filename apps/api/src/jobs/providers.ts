import { ObjectStore } from '@honyaku/storage';
import { type Provider } from '@nestjs/common';
import { Queues } from '../queues/queues.ts';
import { SweepCache } from '../store/sweep-cache.ts';
import { EpochFlows } from '../sweeps/epoch-flows.ts';
import { SweepChanges } from '../sweeps/sweep-changes.ts';
import { provide } from '../wiring/context.ts';
import { Advance } from './advance.ts';
import { Begin } from './begin.ts';
import { Conclude } from './conclude.ts';

export function jobProviders(): Provider[] {
  return [
    provide(
      Begin,
      [ObjectStore, SweepCache, Queues, EpochFlows, SweepChanges],
      (objects, cache, queues, flows, changes) => new Begin(objects, cache, queues, flows, changes),
    ),
    provide(
      Advance,
      [ObjectStore, Queues, SweepChanges],
      (objects, queues, changes) => new Advance(objects, queues, changes),
    ),
    provide(
      Conclude,
      [ObjectStore, Queues, SweepChanges],
      (objects, queues, changes) => new Conclude(objects, queues, changes),
    ),
  ];
}

import { type Fault } from '../fault.ts';
import { bucketDamaged } from './damaged.ts';
import { deliveredTwice, terminated } from './deliveries.ts';
import { apiFrozen, workerFrozen } from './frozen.ts';
import {
  apiKilled,
  bucketKilled,
  childKilled,
  oneOfTwoApisKilled,
  redisKilled,
  workerKilled,
} from './kills.ts';
import { redisTailLost, redisWiped, redisWipedWithoutApi } from './redis-lost.ts';
import { bucketUnreliable, diskFull } from './storage.ts';

/** Every kind of fault, in the order in which they are done. */
export const faults: readonly Fault[] = [
  workerKilled,
  childKilled,
  apiKilled,
  oneOfTwoApisKilled,
  redisKilled,
  bucketKilled,
  workerFrozen,
  apiFrozen,
  terminated,
  deliveredTwice,
  bucketUnreliable,
  diskFull,
  redisTailLost,
  redisWiped,
  redisWipedWithoutApi,
  bucketDamaged,
];

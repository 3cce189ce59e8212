import { type Health, type Readiness, Unavailable, routes } from '@honyaku/contracts';
import { ObjectStore, RedisRequirements } from '@honyaku/storage';
import { Controller, Header, Inject } from '@nestjs/common';
import { Redis } from 'ioredis';
import { Route } from '../http/route.ts';
import { UnreadableSweeps } from '../store/unreadable-sweeps.ts';

const mostNamed = 100;

@Controller()
export class HealthController {
  constructor(
    @Inject(Redis) private readonly redis: Redis,
    @Inject(RedisRequirements) private readonly requirements: RedisRequirements,
    @Inject(ObjectStore) private readonly objects: ObjectStore,
    @Inject(UnreadableSweeps) private readonly unreadable: UnreadableSweeps,
  ) {}

  @Route(routes.live)
  @Header('cache-control', 'no-store')
  async live(): Promise<Health> {
    return { status: 'ok' };
  }

  @Route(routes.ready)
  @Header('cache-control', 'no-store')
  async ready(): Promise<Readiness> {
    // A ping to a Redis that is away would wait for its return.
    if (this.redis.status !== 'ready') throw new Unavailable('Redis does not answer');
    await this.requirements.check();
    await this.objects.check();
    // The others are served: it is no reason to be taken out of service.
    const unreadable = this.unreadable.list().slice(0, mostNamed);
    return { status: 'ok', ...(unreadable.length === 0 ? {} : { unreadable }) };
  }
}

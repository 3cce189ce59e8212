import { Health, Readiness, Unavailable, paths } from '@honyaku/contracts';
import { ObjectStore, RedisRequirements } from '@honyaku/storage';
import { Controller, Header, Inject } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Redis } from 'ioredis';
import { Route } from '../http/route.ts';
import { UnreadableSweeps } from '../sweeps/unreadable-sweeps.ts';

const mostNamed = 100;

@ApiTags('health')
@Controller()
export class HealthController {
  constructor(
    @Inject(Redis) private readonly redis: Redis,
    @Inject(RedisRequirements) private readonly requirements: RedisRequirements,
    @Inject(ObjectStore) private readonly objects: ObjectStore,
    @Inject(UnreadableSweeps) private readonly unreadable: UnreadableSweeps,
  ) {}

  @Route({
    method: 'GET',
    path: paths.live,
    summary: 'The process runs',
    answers: Health,
    isOpen: true,
    needsNothing: true,
  })
  @Header('cache-control', 'no-store')
  live(): Health {
    return { status: 'ok' };
  }

  @Route({
    method: 'GET',
    path: paths.ready,
    summary: 'Redis and the bucket answer and are as they have to be',
    description:
      'With `unreadable`: the sweeps that are left out, and the object of each that cannot be read.',
    answers: Readiness,
    isOpen: true,
  })
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

import { Health, Unavailable, paths } from '@honyaku/contracts';
import { ObjectStore } from '@honyaku/storage';
import { Controller, Header, Inject } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Redis } from 'ioredis';
import { Route } from '../http/route.ts';

@ApiTags('health')
@Controller()
export class HealthController {
  constructor(
    @Inject(Redis) private readonly redis: Redis,
    @Inject(ObjectStore) private readonly objects: ObjectStore,
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
    summary: 'Redis and the bucket answer',
    answers: Health,
    isOpen: true,
  })
  @Header('cache-control', 'no-store')
  async ready(): Promise<Health> {
    // A ping to a Redis that is away would wait for its return.
    if (this.redis.status !== 'ready') throw new Unavailable('Redis does not answer');
    await this.redis.ping();
    await this.objects.check();
    return { status: 'ok' };
  }
}

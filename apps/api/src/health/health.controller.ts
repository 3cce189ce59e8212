import { Unavailable, paths } from '@honyaku/contracts';
import { ObjectStore } from '@honyaku/storage';
import { Controller, Get, Header, Inject } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Redis } from 'ioredis';

@ApiTags('health')
@Controller()
export class HealthController {
  constructor(
    @Inject(Redis) private readonly redis: Redis,
    @Inject(ObjectStore) private readonly objects: ObjectStore,
  ) {}

  @Get(paths.live)
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'The process runs' })
  live() {
    return { status: 'ok' };
  }

  @Get(paths.ready)
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Redis and the bucket answer' })
  async ready() {
    // A ping to a Redis that is away would wait for its return.
    if (this.redis.status !== 'ready') throw new Unavailable('Redis does not answer');
    await this.redis.ping();
    await this.objects.check();
    return { status: 'ok' };
  }
}

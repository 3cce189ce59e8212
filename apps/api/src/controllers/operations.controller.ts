/** Endpoints for machines: probes, the Prometheus scrape, and the worker demand that an autoscaler reads. */
import { type Health, type Readiness, Unavailable, routes } from '@honyaku/contracts';
import { ObjectStore, RedisRequirements } from '@honyaku/storage';
import { Controller, Header, Inject, Res } from '@nestjs/common';
import { type FastifyReply } from 'fastify';
import { Redis } from 'ioredis';
import { type InputOf, Route } from '../http/route.ts';
import { Queues } from '../queues/queues.ts';
import { demandOf } from '../scrape/demand.ts';
import { Scrape } from '../scrape/scrape.ts';
import { CurrentSweeps } from '../store/current-sweeps.ts';
import { UnreadableSweeps } from '../store/unreadable-sweeps.ts';

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
    // A ping to a disconnected Redis would wait until it reconnects.
    if (this.redis.status !== 'ready') throw new Unavailable('Redis does not answer');
    await this.requirements.check();
    await this.objects.check();
    // Unreadable sweeps do not make the API unready: it still serves all others.
    return { status: 'ok', ...this.unreadable.field() };
  }
}

@Controller()
export class MetricsController {
  constructor(@Inject(Scrape) private readonly scraped: Scrape) {}

  @Route(routes.metrics)
  async scrape(_input: InputOf<'metrics'>, @Res({ passthrough: true }) reply: FastifyReply): Promise<string> {
    void reply.type(this.scraped.contentType);
    return this.scraped.text();
  }
}

@Controller()
export class DemandController {
  constructor(
    @Inject(CurrentSweeps) private readonly sweeps: CurrentSweeps,
    @Inject(Queues) private readonly queues: Queues,
  ) {}

  @Route(routes.demand)
  @Header('cache-control', 'no-store')
  async demand() {
    const [rows, counts] = await Promise.all([this.sweeps.rows(), this.queues.counts()]);
    return demandOf(rows.filter(this.sweeps.needsWorkers), counts);
  }
}

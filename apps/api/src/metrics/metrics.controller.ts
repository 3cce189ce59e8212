import { paths } from '@honyaku/contracts';
import { Controller, Inject, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { type FastifyReply } from 'fastify';
import { Route } from '../http/route.ts';
import { Scrape } from './scrape.ts';

@ApiTags('health')
@Controller()
export class MetricsController {
  constructor(@Inject(Scrape) private readonly scraped: Scrape) {}

  @Route({
    method: 'GET',
    path: paths.metrics,
    summary: 'Prometheus metrics',
    answers: { type: 'text/plain', description: 'in the text format of Prometheus' },
    isOpen: true,
    needsNothing: true,
  })
  async scrape(@Res({ passthrough: true }) reply: FastifyReply): Promise<string> {
    void reply.type(this.scraped.contentType);
    return this.scraped.text();
  }
}

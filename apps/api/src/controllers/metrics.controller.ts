import { routes } from '@honyaku/contracts';
import { Controller, Inject, Res } from '@nestjs/common';
import { type FastifyReply } from 'fastify';
import { type InputOf, Route } from '../http/route.ts';
import { Scrape } from '../scrape/scrape.ts';

@Controller()
export class MetricsController {
  constructor(@Inject(Scrape) private readonly scraped: Scrape) {}

  @Route(routes.metrics)
  async scrape(_input: InputOf<'metrics'>, @Res({ passthrough: true }) reply: FastifyReply): Promise<string> {
    void reply.type(this.scraped.contentType);
    return this.scraped.text();
  }
}

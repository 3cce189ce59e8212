import { paths } from '@honyaku/contracts';
import { Controller, Get, Inject, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { type FastifyReply } from 'fastify';
import { Scrape } from './scrape.ts';

@ApiTags('health')
@Controller()
export class MetricsController {
  constructor(@Inject(Scrape) private readonly scraped: Scrape) {}

  @Get(paths.metrics)
  @ApiOperation({ summary: 'Prometheus metrics' })
  async scrape(@Res({ passthrough: true }) reply: FastifyReply): Promise<string> {
    void reply.type(this.scraped.contentType);
    return this.scraped.text();
  }
}

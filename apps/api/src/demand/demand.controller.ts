import { Demand, paths } from '@honyaku/contracts';
import { Controller, Get, Header, Inject } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { Answers } from '../docs/api-schemas.ts';
import { CurrentSweeps } from '../metrics/current-sweeps.ts';
import { Queues } from '../queues/queues.ts';
import { demandOf } from './demand.ts';

@ApiTags('operation')
@Controller()
export class DemandController {
  constructor(
    @Inject(CurrentSweeps) private readonly sweeps: CurrentSweeps,
    @Inject(Queues) private readonly queues: Queues,
  ) {}

  @Get(paths.demand)
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'How many workers of each role would have work at once, for autoscalers' })
  @Answers(200, 'Demand')
  async demand() {
    const [rows, counts] = await Promise.all([this.sweeps.rows(), this.queues.counts()]);
    return z.encode(Demand, demandOf(rows, counts));
  }
}

import { Demand, paths } from '@honyaku/contracts';
import { Controller, Header, Inject } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { Route } from '../http/route.ts';
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

  @Route({
    method: 'GET',
    path: paths.demand,
    summary: 'How many workers of each role would have work at once, for autoscalers',
    answers: Demand,
  })
  @Header('cache-control', 'no-store')
  async demand() {
    const [rows, counts] = await Promise.all([this.sweeps.rows(), this.queues.counts()]);
    return z.encode(Demand, demandOf(rows, counts));
  }
}

import { routes } from '@honyaku/contracts';
import { Controller, Header, Inject } from '@nestjs/common';
import { Route } from '../http/route.ts';
import { CurrentSweeps } from '../store/current-sweeps.ts';
import { Queues } from '../queues/queues.ts';
import { demandOf } from '../scrape/demand.ts';

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
    return demandOf(rows, counts);
  }
}

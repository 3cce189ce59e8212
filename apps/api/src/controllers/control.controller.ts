import { routes } from '@honyaku/contracts';
import { Controller, Inject } from '@nestjs/common';
import { type InputOf, Route } from '../http/route.ts';
import { PlanningThreads } from '../planning/planning-threads.ts';
import { SweepControl } from '../sweeps/sweep-control.ts';

@Controller()
export class ControlController {
  constructor(
    @Inject(PlanningThreads) private readonly planning: PlanningThreads,
    @Inject(SweepControl) private readonly control: SweepControl,
  ) {}

  @Route(routes.cancel)
  async cancel({ id, now }: InputOf<'cancel'>) {
    return this.control.cancel(id, { now });
  }

  @Route(routes.pause)
  async pause({ id, now }: InputOf<'pause'>) {
    return this.control.pause(id, { now });
  }

  @Route(routes.resume)
  async resume({ id }: InputOf<'resume'>) {
    return this.control.resume(id);
  }

  @Route(routes.retryFailed)
  async retryFailed({ id }: InputOf<'retryFailed'>) {
    return this.control.retryFailed(id);
  }

  @Route(routes.extend)
  async extend({ id, body }: InputOf<'extend'>) {
    const extension = await this.planning.run('extension', body);
    return this.control.extend(id, extension);
  }

  @Route(routes.addTrials)
  async addTrials({ id, body }: InputOf<'addTrials'>) {
    const constants = await this.control.constants(id);
    const { trials } = await this.planning.run('trialsByHand', { body, constants });
    return this.control.addTrials(id, trials);
  }
}

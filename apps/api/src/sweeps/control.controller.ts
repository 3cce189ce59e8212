import { SweepExtension, SweepId, SweepView, TrialsByHand, paths } from '@honyaku/contracts';
import { Controller, Inject } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { Flag, FromPath, FromQuery, FromText, type TextBody } from '../http/inputs.ts';
import { Route } from '../http/route.ts';
import { PlanningThreads } from '../planning/planning-threads.ts';
import { SweepControl } from './control.ts';

const WithId = () => FromPath('id', SweepId, 'sweep id');

@ApiTags('control')
@Controller()
export class ControlController {
  constructor(
    @Inject(PlanningThreads) private readonly planning: PlanningThreads,
    @Inject(SweepControl) private readonly control: SweepControl,
  ) {}

  @Route({
    method: 'POST',
    path: paths.cancel(':id'),
    summary: 'Cancel a sweep',
    description:
      'What waits is removed from the queue. An epoch that a worker is at runs to its end and is not recorded in the sweep; with now=true it is given up at its next step.',
    answers: SweepView,
    refusals: [404],
  })
  async cancel(@WithId() sweepId: string, @FromQuery('now', Flag) now: boolean) {
    return z.encode(SweepView, await this.control.cancel(sweepId, { now }));
  }

  @Route({
    method: 'POST',
    path: paths.pause(':id'),
    summary: 'Pause a sweep',
    description:
      'Nothing of it starts any more. An epoch that a worker is at runs to its end and is recorded; with now=true it is kept at its next step.',
    answers: SweepView,
    refusals: [404, 409],
  })
  async pause(@WithId() sweepId: string, @FromQuery('now', Flag) now: boolean) {
    return z.encode(SweepView, await this.control.pause(sweepId, { now }));
  }

  @Route({
    method: 'POST',
    path: paths.resume(':id'),
    summary: 'Let a paused sweep go on',
    answers: SweepView,
    refusals: [404, 409],
  })
  async resume(@WithId() sweepId: string) {
    return z.encode(SweepView, await this.control.resume(sweepId));
  }

  @Route({
    method: 'POST',
    path: paths.retryFailed(':id'),
    summary: 'Try failed and lost trials again',
    description:
      'They go on from their last committed epoch. Trials that diverged would diverge again and stay.',
    answers: SweepView,
    refusals: [404, 409],
  })
  async retryFailed(@WithId() sweepId: string) {
    return z.encode(SweepView, await this.control.retryFailed(sweepId));
  }

  @Route({
    method: 'POST',
    path: paths.extend(':id'),
    summary: 'More trials, more epochs, or another space for the trials to come',
    answers: SweepView,
    refusals: [404, 409],
  })
  async extend(@WithId() sweepId: string, @FromText(SweepExtension) body: TextBody) {
    const extension = await this.planning.run('extension', body);
    return z.encode(SweepView, await this.control.extend(sweepId, extension));
  }

  @Route({
    method: 'POST',
    path: paths.sweepTrials(':id'),
    summary: 'Add trials with settings of your own; they start before those of the sampler',
    answers: SweepView,
    refusals: [404, 409],
  })
  async addTrials(@WithId() sweepId: string, @FromText(TrialsByHand) body: TextBody) {
    const { trials } = await this.planning.run('trialsByHand', body);
    return z.encode(SweepView, await this.control.addTrials(sweepId, trials));
  }
}

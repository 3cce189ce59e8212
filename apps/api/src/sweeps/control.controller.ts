import { SweepExtension, SweepId, SweepView, TrialsByHand, paths } from '@honyaku/contracts';
import { Body, Controller, HttpCode, Inject, Param, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiQuery, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { Answers, Takes } from '../docs/api-schemas.ts';
import { SchemaPipe } from '../http/schema-pipe.ts';
import { SweepControl } from './control.ts';

const id = new SchemaPipe(SweepId, 'sweep id');
const now = new SchemaPipe(z.enum(['true', 'false']).default('false'), 'now');

@ApiTags('control')
@Controller()
export class ControlController {
  constructor(@Inject(SweepControl) private readonly control: SweepControl) {}

  @Post(paths.cancel(':id'))
  @HttpCode(200)
  @ApiOperation({
    summary: 'Cancel a sweep',
    description:
      'What waits is removed from the queue. An epoch that a worker is at runs to its end and is not recorded in the sweep; with now=true it is given up at its next step.',
  })
  @ApiParam({ name: 'id' })
  @ApiQuery({ name: 'now', required: false })
  @Answers(200, 'SweepView', [404])
  async cancel(@Param('id', id) sweepId: string, @Query('now', now) atOnce: string) {
    return z.encode(SweepView, await this.control.cancel(sweepId, { now: atOnce === 'true' }));
  }

  @Post(paths.pause(':id'))
  @HttpCode(200)
  @ApiOperation({
    summary: 'Pause a sweep',
    description:
      'Nothing of it starts any more. An epoch that a worker is at runs to its end and is recorded; with now=true it is kept at its next step.',
  })
  @ApiParam({ name: 'id' })
  @ApiQuery({ name: 'now', required: false })
  @Answers(200, 'SweepView', [404, 409])
  async pause(@Param('id', id) sweepId: string, @Query('now', now) atOnce: string) {
    return z.encode(SweepView, await this.control.pause(sweepId, { now: atOnce === 'true' }));
  }

  @Post(paths.resume(':id'))
  @HttpCode(200)
  @ApiOperation({ summary: 'Let a paused sweep go on' })
  @ApiParam({ name: 'id' })
  @Answers(200, 'SweepView', [404, 409])
  async resume(@Param('id', id) sweepId: string) {
    return z.encode(SweepView, await this.control.resume(sweepId));
  }

  @Post(paths.retryFailed(':id'))
  @HttpCode(200)
  @ApiOperation({
    summary: 'Try failed and lost trials again',
    description:
      'They go on from their last committed epoch. Trials that diverged would diverge again and stay.',
  })
  @ApiParam({ name: 'id' })
  @Answers(200, 'SweepView', [404, 409])
  async retryFailed(@Param('id', id) sweepId: string) {
    return z.encode(SweepView, await this.control.retryFailed(sweepId));
  }

  @Post(paths.extend(':id'))
  @HttpCode(200)
  @ApiOperation({ summary: 'More trials, more epochs, or another space for the trials to come' })
  @ApiParam({ name: 'id' })
  @Takes('SweepExtension')
  @Answers(200, 'SweepView', [400, 404, 409])
  async extend(
    @Param('id', id) sweepId: string,
    @Body(new SchemaPipe(SweepExtension, 'extend')) extension: SweepExtension,
  ) {
    return z.encode(SweepView, await this.control.extend(sweepId, extension));
  }

  @Post(paths.sweepTrials(':id'))
  @HttpCode(200)
  @ApiOperation({ summary: 'Add trials with settings of your own; they start before those of the sampler' })
  @ApiParam({ name: 'id' })
  @Takes('TrialsByHand')
  @Answers(200, 'SweepView', [400, 404, 409])
  async addTrials(
    @Param('id', id) sweepId: string,
    @Body(new SchemaPipe(TrialsByHand, 'trials')) { trials }: TrialsByHand,
  ) {
    return z.encode(SweepView, await this.control.addTrials(sweepId, trials));
  }
}

import { CollectionResult, SweepId, TrialId, TrialView, paths } from '@honyaku/contracts';
import { Controller, Delete, HttpCode, Inject, Param, Post, Put, Query } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiQuery, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { Answers } from '../docs/api-schemas.ts';
import { SchemaPipe } from '../http/schema-pipe.ts';
import { Collection } from './collection.ts';
import { SweepControl } from './control.ts';

const sweepId = new SchemaPipe(SweepId, 'sweep id');
const trialId = new SchemaPipe(TrialId, 'trial id');
const epochNumber = new SchemaPipe(z.coerce.number().int().min(1), 'epoch');
const dryRun = new SchemaPipe(z.enum(['true', 'false']).default('false'), 'dryRun');

@ApiTags('retention')
@Controller()
export class RetentionController {
  constructor(
    @Inject(Collection) private readonly collection: Collection,
    @Inject(SweepControl) private readonly control: SweepControl,
  ) {}

  @Post(paths.collect(':id'))
  @HttpCode(200)
  @ApiOperation({
    summary: 'Remove what nothing of the sweep refers to and what its retention does not keep',
    description: 'Happens by itself while a sweep runs and at its end. With dryRun=true nothing is removed.',
  })
  @ApiParam({ name: 'id' })
  @ApiQuery({ name: 'dryRun', required: false })
  @Answers(200, 'CollectionResult', [404])
  async collect(@Param('id', sweepId) id: string, @Query('dryRun', dryRun) dry: string) {
    return z.encode(CollectionResult, await this.collection.run(id, { dryRun: dry === 'true' }));
  }

  @Put(paths.pin(':id', ':epoch'))
  @ApiOperation({ summary: 'Keep a checkpoint whatever retention says' })
  @ApiParam({ name: 'id' })
  @ApiParam({ name: 'epoch' })
  @Answers(200, 'TrialView', [404])
  async pin(@Param('id', trialId) id: string, @Param('epoch', epochNumber) epoch: number) {
    return z.encode(TrialView, await this.control.pin(id, epoch, true));
  }

  @Delete(paths.pin(':id', ':epoch'))
  @ApiOperation({ summary: 'Leave a checkpoint to retention again' })
  @ApiParam({ name: 'id' })
  @ApiParam({ name: 'epoch' })
  @Answers(200, 'TrialView', [404])
  async unpin(@Param('id', trialId) id: string, @Param('epoch', epochNumber) epoch: number) {
    return z.encode(TrialView, await this.control.pin(id, epoch, false));
  }
}

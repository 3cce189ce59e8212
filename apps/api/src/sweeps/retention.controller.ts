import { CollectionResult, EpochNumber, SweepId, TrialId, TrialView, paths } from '@honyaku/contracts';
import { Controller, Inject } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { Flag, FromPath, FromQuery } from '../http/inputs.ts';
import { Route } from '../http/route.ts';
import { Collection } from './collection.ts';
import { SweepControl } from './control.ts';

@ApiTags('retention')
@Controller()
export class RetentionController {
  constructor(
    @Inject(Collection) private readonly collection: Collection,
    @Inject(SweepControl) private readonly control: SweepControl,
  ) {}

  @Route({
    method: 'POST',
    path: paths.collect(':id'),
    summary: 'Remove what nothing of the sweep refers to and what its retention does not keep',
    description: 'Happens by itself while a sweep runs and at its end. With dryRun=true nothing is removed.',
    answers: CollectionResult,
    refusals: [404],
  })
  async collect(@FromPath('id', SweepId, 'sweep id') id: string, @FromQuery('dryRun', Flag) dryRun: boolean) {
    const result = await this.collection.run(id, { dryRun });
    const noncurrent = await this.collection.noncurrent(id);
    return z.encode(CollectionResult, { ...result, ...(noncurrent ? { noncurrent } : {}) });
  }

  @Route({
    method: 'PUT',
    path: paths.pin(':id', ':epoch'),
    summary: 'Keep a checkpoint whatever retention says',
    answers: TrialView,
    refusals: [404],
  })
  async pin(@FromPath('id', TrialId, 'trial id') id: string, @FromPath('epoch', EpochNumber) epoch: number) {
    return z.encode(TrialView, await this.control.pin(id, epoch, true));
  }

  @Route({
    method: 'DELETE',
    path: paths.pin(':id', ':epoch'),
    summary: 'Leave a checkpoint to retention again',
    answers: TrialView,
    refusals: [404],
  })
  async unpin(
    @FromPath('id', TrialId, 'trial id') id: string,
    @FromPath('epoch', EpochNumber) epoch: number,
  ) {
    return z.encode(TrialView, await this.control.pin(id, epoch, false));
  }
}

import { EpochList, TrialId, TrialView, paths } from '@honyaku/contracts';
import { Controller, Get, Inject, Param } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { Answers } from '../docs/api-schemas.ts';
import { SchemaPipe } from '../http/schema-pipe.ts';
import { TrialReader } from './trial-reader.ts';

const id = new SchemaPipe(TrialId, 'trial id');

@ApiTags('trials')
@Controller()
export class TrialsController {
  constructor(@Inject(TrialReader) private readonly trials: TrialReader) {}

  @Get(paths.trial(':id'))
  @ApiOperation({ summary: 'One trial with its metrics by epoch' })
  @ApiParam({ name: 'id' })
  @Answers(200, 'TrialView', [404])
  async show(@Param('id', id) trialId: string) {
    return z.encode(TrialView, await this.trials.trial(trialId));
  }

  @Get(paths.epochs(':id'))
  @ApiOperation({ summary: 'The committed epochs of a trial, with sample translations' })
  @ApiParam({ name: 'id' })
  @Answers(200, 'EpochList', [404])
  async epochs(@Param('id', id) trialId: string) {
    return z.encode(EpochList, { epochs: await this.trials.epochs(trialId) });
  }
}

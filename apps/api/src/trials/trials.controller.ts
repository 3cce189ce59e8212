import { EpochList, TranslationList, TrialId, TrialView, paths } from '@honyaku/contracts';
import { Controller, Get, Inject, Param } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { Answers } from '../docs/api-schemas.ts';
import { SchemaPipe } from '../http/schema-pipe.ts';
import { TrialReader } from './trial-reader.ts';

const id = new SchemaPipe(TrialId, 'trial id');
const epochNumber = new SchemaPipe(z.coerce.number().int().min(1), 'epoch');

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

  @Get(paths.translations(':id', ':epoch'))
  @ApiOperation({ summary: 'The held-out translations of a committed epoch, which BLEU was measured on' })
  @ApiParam({ name: 'id' })
  @ApiParam({ name: 'epoch' })
  @Answers(200, 'TranslationList', [404])
  async translations(@Param('id', id) trialId: string, @Param('epoch', epochNumber) epoch: number) {
    return z.encode(TranslationList, await this.trials.translations(trialId, epoch));
  }
}

import { EpochList, EpochNumber, TranslationList, TrialId, TrialView, paths } from '@honyaku/contracts';
import { Controller, Inject } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { FromPath } from '../http/inputs.ts';
import { jsonList } from '../http/json-stream.ts';
import { Route } from '../http/route.ts';
import { TrialReader } from './trial-reader.ts';

const WithId = () => FromPath('id', TrialId, 'trial id');

@ApiTags('trials')
@Controller()
export class TrialsController {
  constructor(@Inject(TrialReader) private readonly trials: TrialReader) {}

  @Route({
    method: 'GET',
    path: paths.trial(':id'),
    summary: 'One trial with its metrics by epoch',
    answers: TrialView,
    refusals: [404],
  })
  async show(@WithId() trialId: string) {
    return z.encode(TrialView, await this.trials.trial(trialId));
  }

  @Route({
    method: 'GET',
    path: paths.epochs(':id'),
    summary: 'The committed epochs of a trial, with sample translations',
    answers: EpochList,
    refusals: [404],
  })
  async epochs(@WithId() trialId: string) {
    return jsonList('epochs', await this.trials.epochs(trialId));
  }

  @Route({
    method: 'GET',
    path: paths.translations(':id', ':epoch'),
    summary: 'The held-out translations of a committed epoch, which BLEU was measured on',
    answers: TranslationList,
    refusals: [404],
  })
  async translations(@WithId() trialId: string, @FromPath('epoch', EpochNumber) epoch: number) {
    return z.encode(TranslationList, await this.trials.translations(trialId, epoch));
  }
}

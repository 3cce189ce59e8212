import {
  BestBundle,
  InvalidInput,
  SweepId,
  SweepList,
  SweepSpec,
  SweepView,
  TranslateRequest,
  TranslateResponse,
  paths,
} from '@honyaku/contracts';
import { inSpan } from '@honyaku/telemetry';
import { Body, Controller, Get, Header, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { ApiConsumes, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { stringify } from 'yaml';
import { z } from 'zod';
import { Answers, Takes } from '../docs/api-schemas.ts';
import { YamlBody } from '../http/body-parsers.ts';
import { SchemaPipe, checkInput } from '../http/schema-pipe.ts';
import { Translator } from '../translator/translator.ts';
import { BestDownloads } from './best-downloads.ts';
import { Submission } from './submission.ts';
import { sweepViewOf } from './sweep-state.ts';
import { SweepStore } from './sweep-store.ts';

const id = new SchemaPipe(SweepId, 'sweep id');
const comma = Buffer.from(',');
const sweepPath = paths.sweep(':id');

@ApiTags('sweeps')
@Controller()
export class SweepsController {
  constructor(
    @Inject(SweepStore) private readonly store: SweepStore,
    @Inject(Submission) private readonly submission: Submission,
    @Inject(BestDownloads) private readonly downloads: BestDownloads,
    @Inject(Translator) private readonly translator: Translator,
  ) {}

  @Post(paths.sweeps)
  @ApiOperation({ summary: 'Submit a sweep' })
  @ApiConsumes('application/json', 'application/yaml')
  @Takes('SweepSpec')
  @Answers(201, 'SweepView', [400, 413])
  async submit(@Body() body: unknown) {
    if (body === undefined || body === null) {
      throw new InvalidInput('body: send a sweep as application/json or application/yaml');
    }
    const spec = checkInput(SweepSpec, body instanceof YamlBody ? body.value : body, 'sweep');
    const yaml = body instanceof YamlBody ? body.text : stringify(spec);
    const sweep = await inSpan('submit sweep', { name: spec.name }, () => this.submission.submit(spec, yaml));
    return z.encode(SweepView, sweep);
  }

  @Get(paths.sweeps)
  @ApiOperation({ summary: 'All sweeps, the newest first' })
  @Answers(200, 'SweepList')
  async list() {
    const sweeps = (await this.store.list()).map((sweep) => sweepViewOf({ sweep }));
    return z.encode(SweepList, { sweeps });
  }

  @Get(sweepPath)
  @ApiOperation({ summary: 'One sweep' })
  @ApiParam({ name: 'id' })
  @Answers(200, 'SweepView', [404])
  async show(@Param('id', id) sweepId: string) {
    return z.encode(SweepView, sweepViewOf({ sweep: await this.store.row(sweepId) }));
  }

  @Get(paths.sweepTrials(':id'))
  @ApiOperation({ summary: 'The trials of a sweep, by number' })
  @ApiParam({ name: 'id' })
  @Answers(200, 'TrialList', [404])
  @Header('content-type', 'application/json; charset=utf-8')
  async trials(@Param('id', id) sweepId: string) {
    const texts = await this.store.trialTexts(sweepId);
    const listed = texts.flatMap((text, index) => (index === 0 ? [text] : [comma, text]));
    return Buffer.concat([Buffer.from('{"trials":['), ...listed, Buffer.from(']}')]);
  }

  @Get(paths.best(':id'))
  @ApiOperation({ summary: 'The best checkpoint so far: presigned URLs and the stable place in the bucket' })
  @ApiParam({ name: 'id' })
  @Answers(200, 'BestBundle', [404])
  async best(@Param('id', id) sweepId: string) {
    return z.encode(BestBundle, await this.downloads.of(sweepId));
  }

  @Post(paths.translate(':id'))
  @HttpCode(200)
  @ApiOperation({ summary: "Translate with the sweep's best checkpoint" })
  @ApiParam({ name: 'id' })
  @Takes('TranslateRequest')
  @Answers(200, 'TranslateResponse', [400, 404, 503])
  async translate(
    @Param('id', id) sweepId: string,
    @Body(new SchemaPipe(TranslateRequest, 'translate')) request: TranslateRequest,
  ) {
    const { spec } = await this.store.row(sweepId);
    const longest = spec.dataset.maxTokens + 1;
    return z.encode(TranslateResponse, await this.translator.translate(sweepId, request, longest));
  }
}

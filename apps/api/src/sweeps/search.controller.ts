import {
  Preview,
  ReindexResult,
  SweepId,
  type SweepLogEntry,
  SweepLogList,
  SweepSpec,
  paths,
} from '@honyaku/contracts';
import { Body, Controller, Get, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { ApiConsumes, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { Answers, Takes } from '../docs/api-schemas.ts';
import { YamlBody } from '../http/body-parsers.ts';
import { SchemaPipe, checkInput } from '../http/schema-pipe.ts';
import { previewOf } from './preview.ts';
import { Reconciliation } from './reconciliation.ts';
import { SweepLog } from './sweep-log.ts';
import { SweepStore } from './sweep-store.ts';

const id = new SchemaPipe(SweepId, 'sweep id');

@ApiTags('sweeps')
@Controller()
export class SearchController {
  constructor(
    @Inject(SweepStore) private readonly store: SweepStore,
    @Inject(SweepLog) private readonly log: SweepLog,
    @Inject(Reconciliation) private readonly reconciliation: Reconciliation,
  ) {}

  @Post(paths.preview)
  @HttpCode(200)
  @ApiOperation({ summary: 'What a sweep would come to; nothing is stored or started' })
  @ApiConsumes('application/json', 'application/yaml')
  @Takes('SweepSpec')
  @Answers(200, 'Preview', [400])
  async preview(@Body() body: unknown) {
    const spec = checkInput(SweepSpec, body instanceof YamlBody ? body.value : body, 'sweep');
    const known = (await this.store.list()).filter((sweep) => sweep.epochsDone > 0);
    return z.encode(Preview, previewOf(spec, known));
  }

  @Get(paths.log(':id'))
  @ApiOperation({ summary: 'What happened in a sweep and what was decided on it, in order' })
  @ApiParam({ name: 'id' })
  @Answers(200, 'SweepLogList', [404])
  async entries(@Param('id', id) sweepId: string) {
    await this.store.row(sweepId);
    const entries: SweepLogEntry[] = [];
    for await (const entry of this.log.entries(sweepId)) entries.push(entry);
    return z.encode(SweepLogList, { entries });
  }

  @Post(paths.reindex)
  @HttpCode(200)
  @ApiOperation({ summary: 'Bring every sweep in the bucket back into Redis' })
  @Answers(200, 'ReindexResult')
  async reindex() {
    return z.encode(ReindexResult, { sweeps: await this.reconciliation.reindex() });
  }
}

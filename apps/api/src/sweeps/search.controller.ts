import {
  Preview,
  ReindexResult,
  SweepId,
  type SweepLogEntry,
  SweepLogList,
  SweepSpec,
  paths,
} from '@honyaku/contracts';
import { Controller, Inject } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { YamlBody } from '../http/body-parsers.ts';
import { FromBody, FromPath, jsonType, yamlTypes } from '../http/inputs.ts';
import { Route } from '../http/route.ts';
import { checkInput } from '../http/schema-pipe.ts';
import { previewOf } from './preview.ts';
import { Reconciliation } from './reconciliation.ts';
import { SweepLog } from './sweep-log.ts';
import { SweepStore } from './sweep-store.ts';

@ApiTags('sweeps')
@Controller()
export class SearchController {
  constructor(
    @Inject(SweepStore) private readonly store: SweepStore,
    @Inject(SweepLog) private readonly log: SweepLog,
    @Inject(Reconciliation) private readonly reconciliation: Reconciliation,
  ) {}

  @Route({
    method: 'POST',
    path: paths.preview,
    summary: 'What a sweep would come to; nothing is stored or started',
    answers: Preview,
  })
  async preview(@FromBody(SweepSpec, [jsonType, ...yamlTypes]) body: unknown) {
    const spec = checkInput(SweepSpec, body instanceof YamlBody ? body.value : body, 'sweep');
    const known = (await this.store.list()).filter((sweep) => sweep.epochsDone > 0);
    return z.encode(Preview, previewOf(spec, known));
  }

  @Route({
    method: 'GET',
    path: paths.log(':id'),
    summary: 'What happened in a sweep and what was decided on it, in order',
    answers: SweepLogList,
    refusals: [404],
  })
  async entries(@FromPath('id', SweepId, 'sweep id') sweepId: string) {
    await this.store.row(sweepId);
    const entries: SweepLogEntry[] = [];
    for await (const entry of this.log.entries(sweepId)) entries.push(entry);
    return z.encode(SweepLogList, { entries });
  }

  @Route({
    method: 'POST',
    path: paths.reindex,
    summary: 'Bring every sweep in the bucket back into Redis',
    answers: ReindexResult,
  })
  async reindex() {
    return z.encode(ReindexResult, await this.reconciliation.reindex());
  }
}

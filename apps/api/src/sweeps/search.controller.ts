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
import { FromPath, FromText, type TextBody, jsonType, yamlTypes } from '../http/inputs.ts';
import { Route } from '../http/route.ts';
import { PlanningThreads } from '../planning/planning-threads.ts';
import { Reconciliation } from './reconciliation.ts';
import { SweepLog } from './sweep-log.ts';
import { SweepStore } from './sweep-store.ts';

@ApiTags('sweeps')
@Controller()
export class SearchController {
  constructor(
    @Inject(PlanningThreads) private readonly planning: PlanningThreads,
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
  async preview(@FromText(SweepSpec, [jsonType, ...yamlTypes]) body: TextBody) {
    const earlier = (await this.store.list()).flatMap(({ dataset, epochsDone, workerSeconds }) =>
      dataset === undefined || epochsDone === 0 ? [] : [{ dataset, epochsDone, workerSeconds }],
    );
    return this.planning.run('preview', { body, earlier });
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

import { Preview, ReindexState, SweepId, SweepLogList, SweepSpec, paths } from '@honyaku/contracts';
import { Controller, Header, Inject } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { FromPath, FromQuery, FromText, type TextBody, jsonType, yamlTypes } from '../http/inputs.ts';
import { Route } from '../http/route.ts';
import { CurrentSweeps } from '../metrics/current-sweeps.ts';
import { PlanningThreads } from '../planning/planning-threads.ts';
import { Reindex } from './reindex.ts';
import { SweepLog } from './sweep-log.ts';
import { SweepStore } from './sweep-store.ts';

const wholeNumber = (low: number, high: number, usual: number) =>
  z
    .preprocess(
      // Number() also takes "", "0x10" and "1e2".
      (text) => (typeof text === 'string' && /^-?\d+$/.test(text) ? Number(text) : text),
      z.number().int().min(low).max(high),
    )
    .default(usual);
const after = wholeNumber(0, Number.MAX_SAFE_INTEGER, 0);
const limit = wholeNumber(1, 1_000, 1_000);

@ApiTags('sweeps')
@Controller()
export class SearchController {
  constructor(
    @Inject(PlanningThreads) private readonly planning: PlanningThreads,
    @Inject(SweepStore) private readonly store: SweepStore,
    @Inject(CurrentSweeps) private readonly sweeps: CurrentSweeps,
    @Inject(SweepLog) private readonly log: SweepLog,
    @Inject(Reindex) private readonly reindexing: Reindex,
  ) {}

  @Route({
    method: 'POST',
    path: paths.preview,
    summary: 'What a sweep would come to; nothing is stored or started',
    answers: Preview,
  })
  async preview(@FromText(SweepSpec, [jsonType, ...yamlTypes]) body: TextBody) {
    return this.planning.run('preview', { body, earlier: await this.sweeps.trainedBefore() });
  }

  @Route({
    method: 'GET',
    path: paths.log(':id'),
    summary: 'What happened in a sweep and what was decided on it, in order, by pages',
    description:
      'A page has at most 1,000 entries; `next` of its answer is the `after` of the page that follows.',
    answers: SweepLogList,
    refusals: [404],
  })
  @Header('content-type', 'application/json; charset=utf-8')
  async entries(
    @FromPath('id', SweepId, 'sweep id') sweepId: string,
    @FromQuery('after', after) sequence: number,
    @FromQuery('limit', limit) most: number,
  ) {
    await this.store.row(sweepId);
    const { texts, next } = await this.log.page(sweepId, sequence, most);
    return Buffer.from(`{"entries":[${texts.join(',')}]${next === undefined ? '' : `,"next":${next}`}}`);
  }

  @Route({
    method: 'POST',
    path: paths.reindex,
    summary: 'Begin to bring every sweep in the bucket back into Redis',
    description: 'It goes on in the background; GET of the same path tells how far it is.',
    status: 202,
    answers: ReindexState,
  })
  async reindex() {
    return z.encode(ReindexState, await this.reindexing.begin());
  }

  @Route({
    method: 'GET',
    path: paths.reindex,
    summary: 'How far the reindex is, or what the last one came to',
    answers: ReindexState,
  })
  async reindexState() {
    return z.encode(ReindexState, await this.reindexing.state());
  }
}

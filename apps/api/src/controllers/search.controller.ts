import { routes } from '@honyaku/contracts';
import { Controller, Header, Inject } from '@nestjs/common';
import { type InputOf, Route } from '../http/route.ts';
import { CurrentSweeps } from '../store/current-sweeps.ts';
import { PlanningThreads } from '../planning/planning-threads.ts';
import { Reindex } from '../reconciliation/reindex.ts';
import { SweepLog } from '../store/sweep-log.ts';
import { SweepStore } from '../store/sweep-store.ts';
import { Submission } from '../sweeps/submission.ts';

@Controller()
export class SearchController {
  constructor(
    @Inject(PlanningThreads) private readonly planning: PlanningThreads,
    @Inject(SweepStore) private readonly store: SweepStore,
    @Inject(CurrentSweeps) private readonly sweeps: CurrentSweeps,
    @Inject(SweepLog) private readonly log: SweepLog,
    @Inject(Submission) private readonly submission: Submission,
    @Inject(Reindex) private readonly reindexing: Reindex,
  ) {}

  @Route(routes.preview)
  @Header('content-type', 'application/json; charset=utf-8')
  async preview({ body }: InputOf<'preview'>) {
    const earlier = await this.sweeps.trainedBefore();
    const { spec, preview } = await this.planning.run('preview', { body, earlier });
    await this.submission.check(spec);
    return preview;
  }

  @Route(routes.log)
  @Header('content-type', 'application/json; charset=utf-8')
  async entries({ id, after, limit }: InputOf<'log'>) {
    await this.store.row(id);
    const { texts, next } = await this.log.page(id, after, limit);
    return Buffer.from(`{"entries":[${texts.join(',')}]${next === undefined ? '' : `,"next":${next}`}}`);
  }

  @Route(routes.beginReindex)
  async reindex() {
    return this.reindexing.begin();
  }

  @Route(routes.reindexState)
  async reindexState() {
    return this.reindexing.state();
  }
}

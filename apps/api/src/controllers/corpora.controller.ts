/** What sweeps train on: corpora as they were uploaded, and the reports on datasets built from them. */
import { DatasetReport, NotFound, routes } from '@honyaku/contracts';
import { ObjectStore, keys } from '@honyaku/storage';
import { Controller, Inject } from '@nestjs/common';
import { type InputOf, Route } from '../http/route.ts';
import { CorpusStore } from '../corpora/corpus-store.ts';
import { SweepStore } from '../store/sweep-store.ts';

@Controller()
export class CorporaController {
  constructor(@Inject(CorpusStore) private readonly corpora: CorpusStore) {}

  @Route(routes.uploadCorpus)
  async upload({ digest, body, ...upload }: InputOf<'uploadCorpus'>) {
    return this.corpora.upload(digest, upload, body);
  }

  @Route(routes.corpus)
  async show({ digest }: InputOf<'corpus'>) {
    return this.corpora.record(digest);
  }
}

@Controller()
export class DatasetsController {
  constructor(
    @Inject(ObjectStore) private readonly objects: ObjectStore,
    @Inject(SweepStore) private readonly store: SweepStore,
  ) {}

  @Route(routes.dataset)
  async show({ id }: InputOf<'dataset'>) {
    const { dataset } = await this.store.row(id);
    if (dataset === undefined) throw new NotFound(`the dataset of ${id} is not built yet`);
    const report = await this.objects.getRecord(DatasetReport, keys.datasetReport(dataset));
    if (!report)
      throw new NotFound(
        `the dataset of ${id} has no report: it was lost, or version 0.1.0 built the dataset`,
      );
    return report;
  }
}

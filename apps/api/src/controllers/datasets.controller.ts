import { DatasetReport, NotFound, routes } from '@honyaku/contracts';
import { ObjectStore, keys } from '@honyaku/storage';
import { Controller, Inject } from '@nestjs/common';
import { type InputOf, Route } from '../http/route.ts';
import { SweepStore } from '../store/sweep-store.ts';

@Controller()
export class DatasetsController {
  constructor(
    @Inject(ObjectStore) private readonly objects: ObjectStore,
    @Inject(SweepStore) private readonly store: SweepStore,
  ) {}

  @Route(routes.dataset)
  async show({ id }: InputOf<'dataset'>) {
    const { dataset } = await this.store.row(id);
    if (dataset === undefined) throw new NotFound(`the dataset of ${id} is not there yet`);
    const report = await this.objects.getRecord(DatasetReport, keys.datasetReport(dataset));
    if (!report) throw new NotFound(`the dataset of ${id} has no report: an earlier version made it`);
    return report;
  }
}

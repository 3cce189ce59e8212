import { DatasetReport, NotFound, SweepId, paths } from '@honyaku/contracts';
import { ObjectStore, keys } from '@honyaku/storage';
import { Controller, Inject } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { FromPath } from '../http/inputs.ts';
import { Route } from '../http/route.ts';
import { SweepStore } from '../sweeps/sweep-store.ts';

@ApiTags('sweeps')
@Controller()
export class DatasetsController {
  constructor(
    @Inject(ObjectStore) private readonly objects: ObjectStore,
    @Inject(SweepStore) private readonly store: SweepStore,
  ) {}

  @Route({
    method: 'GET',
    path: paths.dataset(':id'),
    summary: "What to know of a sweep's dataset: languages, pairs left out, pairs on both sides of the split",
    answers: DatasetReport,
    refusals: [404],
  })
  async show(@FromPath('id', SweepId, 'sweep id') sweepId: string) {
    const { dataset } = await this.store.row(sweepId);
    if (dataset === undefined) throw new NotFound(`the dataset of ${sweepId} is not there yet`);
    const report = await this.objects.getRecord(DatasetReport, keys.datasetReport(dataset));
    if (!report) throw new NotFound(`the dataset of ${sweepId} has no report: an earlier version made it`);
    return z.encode(DatasetReport, report);
  }
}

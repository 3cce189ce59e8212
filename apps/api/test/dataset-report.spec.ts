/** The report on a sweep's dataset. */
import { DatasetReport, datasetDigestOf, toJson, routes, urlOf } from '@honyaku/contracts';
import { keys } from '@honyaku/storage';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ApiPlatform, improving } from './api-platform.ts';

let platform: ApiPlatform;
beforeAll(async () => {
  platform = await ApiPlatform.open();
});
afterAll(() => platform?.close());

it('is what preprocessing found, and is missing for an unknown sweep and for a dataset of an earlier version', async () => {
  expect(await platform.refusal('GET', urlOf(routes.dataset, { id: 'none-123456' }))).toMatchObject({
    status: 404,
  });
  await platform.withTrainer({ perplexity: improving }, async () => {
    const { id } = await platform.submit({ name: 'told', epochs: 1 });
    const { spec } = await platform.ended(id);
    const dataset = datasetDigestOf(spec.corpus.digest, spec.dataset);
    expect(await platform.refusal('GET', urlOf(routes.dataset, { id }))).toMatchObject({
      status: 404,
      message: expect.stringContaining('it was lost, or version 0.1.0 built the dataset'),
    });
    const report: DatasetReport = {
      sourceLanguage: 'en',
      targetLanguage: 'und',
      bleuTokenization: 'char',
      pairs: { train: 8, test: 2 },
      skipped: { tooLong: 0, invisible: 1 },
      overlap: { pairs: 1, sources: 1, targets: 2 },
      outsideTokenizers: { source: 0, target: 0 },
    };
    await platform.objects.put(keys.datasetReport(dataset), toJson(DatasetReport, report));
    expect(await platform.call(DatasetReport, 'GET', urlOf(routes.dataset, { id }))).toEqual(report);
  });
});

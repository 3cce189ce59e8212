/** What a person can know of a sweep's dataset. */
import { DatasetReport, datasetDigestOf, toJson, routes, urlOf } from '@honyaku/contracts';
import { keys } from '@honyaku/storage';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { House, improving } from './house.ts';

let house: House;
beforeAll(async () => {
  house = await House.open();
});
afterAll(() => house?.close());

it('is not there for a sweep that is not, nor for a dataset of an earlier version, and is what preprocessing found', async () => {
  expect(await house.refusal('GET', urlOf(routes.dataset, { id: 'none-123456' }))).toMatchObject({
    status: 404,
  });
  await house.withTrainer({ perplexity: improving }, async () => {
    const { id } = await house.submit({ name: 'told', epochs: 1 });
    const { spec } = await house.ended(id);
    const dataset = datasetDigestOf(spec.corpus.digest, spec.dataset);
    expect(await house.refusal('GET', urlOf(routes.dataset, { id }))).toMatchObject({
      status: 404,
      message: expect.stringContaining('an earlier version made it'),
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
    await house.objects.put(keys.datasetReport(dataset), toJson(DatasetReport, report));
    expect(await house.call(DatasetReport, 'GET', urlOf(routes.dataset, { id }))).toEqual(report);
  });
});

import { CorpusRecord, routes, urlOf } from '@honyaku/contracts';
import { keys } from '@honyaku/storage';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiPlatform, corpusQuery, digest, json, pairs, tsv } from './api-platform.ts';

let platform: ApiPlatform;
beforeAll(async () => {
  platform = await ApiPlatform.open();
});
afterAll(() => platform?.close());

describe('corpora', () => {
  it('stores a corpus and returns its record, which a second upload does not change', async () => {
    const stored = await platform.call(CorpusRecord, 'GET', urlOf(routes.corpus, { digest }));
    expect(stored).toMatchObject({
      digest,
      pairs: 20,
      bytes: Buffer.byteLength(pairs),
      name: 'dogs',
      licence: 'CC0',
    });
    expect(await platform.objects.getText(`${keys.corpusFolder(digest)}/${stored.file}`)).toBe(pairs);
    expect(await platform.uploadCorpus()).toEqual(stored);
  });

  it('refuses bytes of another digest, a line that is not a pair, missing settings and another content type', async () => {
    const other = urlOf(routes.corpus, { digest: 'a'.repeat(64) });
    expect(await platform.refusal('PUT', `${other}?${corpusQuery}`, pairs, tsv)).toMatchObject({
      status: 400,
      message: expect.stringContaining(digest),
    });
    expect(await platform.refusal('PUT', `${other}?${corpusQuery}`, 'one side\n', tsv)).toMatchObject({
      status: 400,
      message: expect.stringMatching(/line 1|1/),
    });
    expect(await platform.refusal('PUT', `${other}?name=x`, pairs, tsv)).toMatchObject({
      status: 400,
      message: expect.stringContaining('licence'),
    });
    expect(await platform.refusal('PUT', `${other}?${corpusQuery}`, '{}', json)).toMatchObject({
      status: 415,
      message: expect.stringContaining('text/tab-separated-values'),
    });
    expect((await platform.request('GET', other)).status).toBe(404);
  });
});

describe('submission', () => {
  it.each([
    ['a misspelt key', { trails: 3 }, /trails.*keys of sweep: .*trials/],
    [
      'a misspelt hyperparameter',
      { parameters: { learning_rate: 1 } },
      /learning_rate.*keys of parameters: .*learningRate/,
    ],
    [
      'an empty range',
      { parameters: { dropout: { type: 'float', low: 0.5, high: 0.1 } } },
      /dropout.*range is empty/,
    ],
    ['a value that is not allowed', { parameters: { dropout: 1.5 } }, /dropout/],
    ['a wrong type', { epochs: 'ten' }, /epochs: must be a number, not text/],
    ['an unknown corpus', { corpus: { digest: 'b'.repeat(64) } }, /corpus\.digest.*upload/],
  ])('refuses %s and names what is allowed', async (_title, change, message) => {
    const body = JSON.stringify({ name: 'bad', corpus: { digest }, ...change });
    const answer = await platform.refusal('POST', routes.sweeps.path, body, json);
    expect(answer).toMatchObject({
      status: 400,
      error: 'InvalidInput',
      message: expect.stringMatching(message),
    });
  });

  it.each([
    ['a warm start of a sampler that does not learn', { warmStart: ['none-123456'] }, /warmStart: .*use tpe/],
    [
      'a warm start from no sweep',
      { sampler: 'tpe', warmStart: ['none-123456'] },
      /warmStart: there is no sweep none-123456/,
    ],
    [
      'a webhook that nothing signs',
      { webhook: 'https://example.org/' },
      /webhook: .*HONYAKU_WEBHOOK_SECRET/,
    ],
    ['a population of one', { pruner: { type: 'pbt' } }, /trials: the pruner pbt needs a population/],
  ])('refuses %s in a preview with the words of a submission', async (_title, change, message) => {
    const body = JSON.stringify({ name: 'bad', corpus: { digest }, ...change });
    const refused = await platform.refusal('POST', routes.preview.path, body, json);
    expect(refused).toMatchObject({ status: 400, message: expect.stringMatching(message) });
    expect(await platform.refusal('POST', routes.sweeps.path, body, json)).toEqual(refused);
  });

  it('refuses a warm start from another dataset in a preview too, and takes one that it can use', async () => {
    const { id } = await platform.submit({ name: 'earlier' });
    const warm = { name: 'warm', sampler: 'tpe', warmStart: [id] };
    const preview = (change: object) =>
      platform.request('POST', routes.preview.path, JSON.stringify({ ...warm, ...change }), json);
    expect((await preview({ corpus: { digest }, dataset: { split: 'random' } })).status).toBe(200);
    const other = await preview({ corpus: { digest }, dataset: { seed: 2, split: 'random' } });
    expect(other.status).toBe(400);
    expect(await other.text()).toContain(`warmStart: ${id} is on another dataset`);
  });

  it('plans a sweep before its corpus is stored', async () => {
    const body = JSON.stringify({ name: 'early', corpus: { digest: 'c'.repeat(64) } });
    expect((await platform.request('POST', routes.preview.path, body, json)).status).toBe(200);
  });

  it('refuses broken JSON, broken YAML, no body, an unknown content type and more than 1 MB', async () => {
    const yaml = { 'content-type': 'application/yaml' };
    expect(await platform.refusal('POST', routes.sweeps.path, '{', json)).toMatchObject({
      status: 400,
      message: expect.stringMatching(/not JSON/),
    });
    expect(await platform.refusal('POST', routes.sweeps.path, 'a: [', yaml)).toMatchObject({
      status: 400,
      message: expect.stringMatching(/not YAML/),
    });
    expect(await platform.refusal('POST', routes.sweeps.path)).toMatchObject({ status: 400 });
    expect(
      await platform.refusal('POST', routes.sweeps.path, 'x', { 'content-type': 'text/csv' }),
    ).toMatchObject({
      status: 415,
    });
    expect(
      await platform.refusal('POST', routes.sweeps.path, ' '.repeat(1024 * 1024 + 1), json),
    ).toMatchObject({
      status: 413,
    });
  });

  it('refuses to translate no sentence, or before there is a checkpoint', async () => {
    const { id } = await platform.submit({ name: 'mute' });
    const translate = (body: object) =>
      platform.refusal('POST', urlOf(routes.translate, { id }), JSON.stringify(body), json);
    expect(await translate({ sentences: [] })).toMatchObject({
      status: 400,
      message: expect.stringContaining('sentences: must not be empty'),
    });
    expect(await translate({ sentences: ['犬'] })).toMatchObject({
      status: 409,
      message: expect.stringContaining('no best checkpoint yet'),
    });
    expect(await platform.refusal('GET', urlOf(routes.best, { id }))).toMatchObject({ status: 404 });
  });

  it('answers 404 with an error body for what does not exist', async () => {
    for (const path of [
      '/nothing',
      urlOf(routes.sweep, { id: 'none-000000' }),
      urlOf(routes.trial, { id: 'none-000000-0001' }),
      urlOf(routes.best, { id: 'none-000000' }),
    ])
      expect(await platform.refusal('GET', path)).toMatchObject({ status: 404, error: 'NotFound' });
    expect(await platform.refusal('POST', urlOf(routes.cancel, { id: 'none-000000' }))).toMatchObject({
      status: 404,
    });
  });
});

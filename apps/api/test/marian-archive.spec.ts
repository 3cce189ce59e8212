/** The best checkpoint in Marian's form, as one archive. */
import { createHash } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { BestBundle, marianTexts, routes, urlOf } from '@honyaku/contracts';
import { keys } from '@honyaku/storage';
import { extract } from 'tar-stream';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ApiPlatform, improving } from './api-platform.ts';

let platform: ApiPlatform;
beforeAll(async () => {
  platform = await ApiPlatform.open();
});
afterAll(() => platform?.close());

async function unpacked({ body }: Response): Promise<Map<string, string>> {
  if (!body) throw new Error('the answer is empty');
  const archive = extract();
  const files = new Map<string, string>();
  const unpacking = pipeline(Readable.fromWeb(body), archive);
  for await (const entry of archive) files.set(entry.header.name, await text(entry));
  await unpacking;
  return files;
}

const sha256Of = (content: string | undefined) =>
  createHash('sha256')
    .update(content ?? '')
    .digest('hex');

async function trained(name: string, parameters: object) {
  const { id } = await platform.submit({ name, epochs: 1, parameters });
  const { spec } = await platform.ended(id);
  const { config } = await platform.call(BestBundle, 'GET', urlOf(routes.best, { id }));
  return { id, spec, config, path: urlOf(routes.bestMarian, { id }) };
}

it('has the files of the bundle by the names of the form, and its texts', async () => {
  await platform.withTrainer({ perplexity: improving }, async () => {
    const { id, spec, config, path } = await trained('transformer', { network: 'transformer' });
    const answer = await platform.request('GET', path);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/x-tar']);
    const files = await unpacked(answer);
    const file = (name: string) => files.get(`${id}-marian/${name}`);
    const texts = marianTexts(config, spec.dataset.maxTokens);
    for (const [name, content] of texts) expect(file(name)).toBe(content);
    const { model, source, target, vocabulary } = config.files;
    for (const [name, stored] of [
      ['model.safetensors', model],
      ['source.spm', source],
      ['target.spm', target],
      ['vocab.json', vocabulary],
    ] as const)
      expect([name, sha256Of(file(name))]).toEqual([name, stored?.sha256]);
    expect(files.size).toBe(texts.size + 4);
  });
});

it('is refused for a recurrent network, and is not there before the first epoch', async () => {
  await platform.withTrainer({ perplexity: improving }, async () => {
    const { id, path } = await trained('recurrent', {});
    expect(await platform.refusal('GET', path)).toMatchObject({
      status: 409,
      error: 'Conflict',
      message: expect.stringContaining(
        `the best of ${id} is a recurrent network, and the form marian holds only`,
      ),
    });
  });
  const { id } = await platform.submit({ name: 'waiting', parameters: { network: 'transformer' } });
  expect(await platform.refusal('GET', urlOf(routes.bestMarian, { id }))).toMatchObject({ status: 404 });
});

it('is not begun with a file that is not the one of its checkpoint', async () => {
  await platform.withTrainer({ perplexity: improving }, async () => {
    const { id, path, config } = await trained('damaged', { network: 'transformer' });
    const original = `${keys.epochFolder(config.trialId, config.epoch)}/a1/model.safetensors`;
    for (const key of [original, `${keys.bestFolder(id)}/${config.files.model.key}`])
      await platform.objects.put(key, 'damaged');
    expect(await platform.refusal('GET', path)).toMatchObject({ status: 500, error: 'Corrupt' });
  });
});

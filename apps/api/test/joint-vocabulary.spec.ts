/** Sweeps whose datasets have a joint vocabulary, and their best bundles. */
import { BestBundle, DatasetManifest, datasetDigestOf, fromJson, routes, urlOf } from '@honyaku/contracts';
import { keys } from '@honyaku/storage';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ApiPlatform, digest, improving, json } from './api-platform.ts';

let platform: ApiPlatform;
beforeAll(async () => {
  platform = await ApiPlatform.open();
});
afterAll(() => platform?.close());

it('has the vocabulary as a file of its own, and that of separate ones has none', async () => {
  await platform.withTrainer({ perplexity: improving }, async () => {
    const submitted = async (name: string, dataset: object) => {
      const { id } = await platform.submit({ name, epochs: 1, dataset });
      const { spec } = await platform.ended(id);
      const bundle = await platform.call(BestBundle, 'GET', urlOf(routes.best, { id }));
      const readme = await platform.objects.getText(`${keys.bestFolder(id)}/README.md`);
      const vocabulary = urlOf(routes.bestFile, { id, file: 'vocabulary' });
      return { id, spec, bundle, readme, vocabulary };
    };
    const joint = await submitted('joint', { vocabulary: 'joint' });
    const key = keys.manifest(datasetDigestOf(joint.spec.corpus.digest, joint.spec.dataset));
    const manifest = fromJson(DatasetManifest, (await platform.objects.getText(key)) ?? '', key);
    expect(joint.spec.dataset.vocabulary).toBe('joint');
    expect(joint.bundle.config.files.vocabulary).toEqual({ ...manifest.vocabulary, key: 'vocab.json' });
    expect(joint.readme).toContain('`vocab.json`: ids of their pieces');
    const served = await platform.request('GET', joint.vocabulary);
    expect(await served.text()).toBe('vocab.json');
    const presigned = await fetch(joint.bundle.urls.vocabulary ?? '');
    expect(await presigned.text()).toBe('vocab.json');

    const separate = await submitted('separate', { vocabulary: 'separate' });
    expect(separate.spec.dataset).not.toHaveProperty('vocabulary');
    expect(separate.bundle.config.files).not.toHaveProperty('vocabulary');
    expect(separate.readme).toContain('both languages (unk 0, bos 1, eos 2, pad 3)');
    expect(await platform.refusal('GET', separate.vocabulary)).toMatchObject({
      status: 404,
      message: `the best checkpoint of sweep ${separate.id} has no file vocabulary`,
    });
  });
});

it('is what a sweep gets that may train a Transformer, and separate ones are refused by name', async () => {
  const parameters = { network: { type: 'choice', values: ['recurrent', 'transformer'] } };
  const separate = { vocabulary: 'separate' };
  const refused = {
    status: 400,
    message: expect.stringMatching(/^dataset\.vocabulary: is separate, but network: transformer/),
  };
  const spec = { name: 'both', corpus: { digest }, parameters, dataset: separate };
  for (const { path } of [routes.preview, routes.submit])
    expect(await platform.refusal('POST', path, JSON.stringify(spec), json)).toMatchObject(refused);

  await platform.withTrainer({ perplexity: improving }, async () => {
    const both = await platform.submit({ name: 'both', parameters, epochs: 1, trials: 2 });
    expect((await platform.ended(both.id)).spec.dataset).toMatchObject({ vocabulary: 'joint' });

    const recurrent = await platform.submit({ name: 'recurrent', epochs: 1 });
    expect((await platform.ended(recurrent.id)).spec.dataset).not.toHaveProperty('vocabulary');
    const at = (route: Parameters<typeof urlOf>[0]) => urlOf(route, { id: recurrent.id });
    const trials = [{ hyperparameters: { network: 'transformer' } }];
    for (const [route, body] of [
      [routes.addTrials, { trials }],
      [routes.extend, { parameters }],
    ] as const)
      expect(await platform.refusal('POST', at(route), JSON.stringify(body), json)).toMatchObject(refused);
    expect(await platform.trials(recurrent.id)).toHaveLength(1);
  });
});

/** Models that sweeps start from: how they are stored, and which sweeps may start from one. */
import {
  Hyperparameters,
  NotedSweep,
  StartFile,
  type StartModel,
  StartRecord,
  type TrialView,
  architectureOf,
  fileType,
  routes,
  startRecordOf,
  urlOf,
} from '@honyaku/contracts';
import { sha256 } from '@honyaku/local-stack/fake-trainer';
import { keys } from '@honyaku/storage';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiPlatform, digest, improving, json } from './api-platform.ts';

let platform: ApiPlatform;
beforeAll(async () => {
  platform = await ApiPlatform.open();
});
afterAll(() => platform?.close());

const bytes = { 'content-type': fileType };
const contentOf = (text: string): StartFile => ({ bytes: Buffer.byteLength(text), sha256: sha256(text) });
const upload = (text: string, path = sha256(text)) =>
  platform.call(StartFile, 'PUT', urlOf(routes.uploadStartFile, { sha256: path }), text, bytes);
const modelOf = (name: string): StartModel => ({
  name,
  architecture: architectureOf(Hyperparameters.parse({ hiddenSize: 32, layers: 2 })),
  vocabularySize: { source: 60, target: 48 },
  dataset: { vocabulary: 'separate', vocabularySize: { source: 60, target: 48 } },
  files: { model: contentOf(`${name} model`), source: contentOf('source'), target: contentOf('target') },
});
const at = (model: StartModel) => urlOf(routes.storeStart, { digest: startRecordOf(model).digest });

async function stored(name: string): Promise<StartRecord> {
  const model = modelOf(name);
  for (const text of [`${name} model`, 'source', 'target']) await upload(text);
  return platform.call(StartRecord, 'PUT', at(model), JSON.stringify(model), json);
}

describe('a model', () => {
  it('is stored once its files are, and stays the one that was stored first', async () => {
    const model = modelOf('first');
    const missing = await platform.refusal('PUT', at(model), JSON.stringify(model), json);
    expect(missing).toMatchObject({
      status: 409,
      message: expect.stringContaining('the file model is not uploaded'),
    });
    expect(await platform.refusal('GET', urlOf(routes.start, startRecordOf(model)))).toMatchObject({
      status: 404,
    });
    const record = await stored('first');
    expect(record).toEqual(startRecordOf(model));
    expect(await platform.call(StartRecord, 'GET', urlOf(routes.start, record))).toEqual(record);
    // A name does not change what it is.
    const renamed = JSON.stringify({ ...model, name: 'renamed' });
    expect(await platform.call(StartRecord, 'PUT', at(model), renamed, json)).toEqual(record);
  });

  it('is refused with another digest, or what is no architecture', async () => {
    await stored('first');
    const model = modelOf('first');
    const other = urlOf(routes.storeStart, { digest: 'f'.repeat(64) });
    expect(await platform.refusal('PUT', other, JSON.stringify(model), json)).toMatchObject({
      status: 400,
      message: expect.stringMatching(
        /^start: the digest of the model is [0-9a-f]{64}, but the path has ffff/,
      ),
    });
    for (const [change, reason] of [
      [{ hiddenSize: 0 }, /^start\.architecture: hiddenSize: /],
      [{ dropout: 0.1 }, /^start\.architecture: must have network, hiddenSize, .* and nothing else/],
    ] as const) {
      const wrong = { ...model, architecture: { ...model.architecture, ...change } };
      expect(await platform.refusal('PUT', at(wrong), JSON.stringify(wrong), json)).toMatchObject({
        status: 400,
        message: expect.stringMatching(reason),
      });
    }
  });

  it('never has the bytes of another file', async () => {
    await upload('good');
    const path = urlOf(routes.uploadStartFile, { sha256: sha256('other') });
    expect(await platform.refusal('PUT', path, 'bad', bytes)).toMatchObject({
      status: 400,
      message: expect.stringContaining(`the sha256 of the body is ${sha256('bad')}`),
    });
    expect(await platform.objects.getText(`${keys.startFiles}/${sha256('other')}`)).toBeUndefined();
    expect(await upload('bad', sha256('good'))).toEqual(contentOf('good'));
    expect(await platform.objects.getText(`${keys.startFiles}/${sha256('good')}`)).toBe('good');
  });
});

describe('a sweep that starts from a model', () => {
  const specOf = ({ digest: start, architecture, dataset }: StartRecord) => ({
    name: 'started',
    corpus: { digest },
    start: { digest: start },
    parameters: architecture,
    dataset: { ...dataset, tokenizers: start },
    epochs: 1,
  });
  const refusals = (spec: object) =>
    Promise.all(
      [routes.preview, routes.submit].map(({ path }) =>
        platform.refusal('POST', path, JSON.stringify(spec), json),
      ),
    );

  it('is refused by preview and submit where it lacks or contradicts what follows from it', async () => {
    const record = await stored('strict');
    const spec = specOf(record);
    const { hiddenSize, ...others } = record.architecture;
    for (const [change, message] of [
      [
        { parameters: others },
        `parameters.hiddenSize: is missing; strict has ${hiddenSize}, and the sweep starts from it`,
      ],
      [
        { parameters: { ...others, hiddenSize: 64 } },
        'parameters.hiddenSize: is 64, but strict, from which the sweep starts, has 32; leave it out',
      ],
      [
        { dataset: { ...spec.dataset, vocabulary: 'joint' } },
        'dataset.vocabulary: is joint, but strict, from which the sweep starts, has separate; leave it out',
      ],
      [
        { dataset: record.dataset },
        `dataset.tokenizers: is missing; strict has ${record.digest}, and the sweep starts from it`,
      ],
    ] as const)
      for (const refusal of await refusals({ ...spec, ...change }))
        expect(refusal).toMatchObject({ status: 400, message });
  });

  it('may be previewed before its model is stored, and not submitted', async () => {
    const spec = specOf(startRecordOf(modelOf('absent')));
    const preview = await platform.request('POST', routes.preview.path, JSON.stringify(spec), json);
    expect(preview.status).toBe(200);
    const body = JSON.stringify(spec);
    expect(await platform.refusal('POST', routes.submit.path, body, json)).toMatchObject({
      status: 400,
      message: expect.stringMatching(/^start\.digest: no model [0-9a-f]{64} is stored/),
    });
  });

  it('trains its trials from it, and keeps its network when it is extended or gets trials', async () => {
    const record = await stored('kept');
    await platform.withTrainer({ perplexity: improving }, async () => {
      const { id } = await platform.submit(specOf(record));
      await platform.ended(id);
      const [trial] = await platform.trials(id);
      expect(trial?.config).toMatchObject({
        start: record.digest,
        hyperparameters: { hiddenSize: 32, layers: 2 },
      });
      const path = (route: Parameters<typeof urlOf>[0]) => urlOf(route, { id });
      const wide = JSON.stringify({ trials: [{ hyperparameters: { hiddenSize: 64 } }] });
      expect(await platform.refusal('POST', path(routes.addTrials), wide, json)).toMatchObject({
        status: 400,
        message: expect.stringContaining('trialsByHand.0.hyperparameters.hiddenSize: is 64'),
      });
      const space = JSON.stringify({ trials: 2, parameters: { learningRate: 0.01 } });
      expect(await platform.refusal('POST', path(routes.extend), space, json)).toMatchObject({
        status: 400,
        message: expect.stringContaining('parameters.network: is missing'),
      });
      const slower = JSON.stringify({ trials: [{ hyperparameters: { learningRate: 0.01 } }] });
      await platform.call(NotedSweep, 'POST', path(routes.addTrials), slower, json);
      expect(await untilTrials(id, 2)).toMatchObject([{}, { config: { start: record.digest } }]);
    });
  });

  async function untilTrials(id: string, count: number): Promise<TrialView[]> {
    await platform.ended(id);
    const trials = await platform.trials(id);
    expect(trials).toHaveLength(count);
    return trials;
  }

  it('is there with its trials after all of Redis is lost', async () => {
    const record = await stored('restored');
    await platform.withTrainer({ perplexity: improving }, async () => {
      const { id } = await platform.submit(specOf(record));
      const before = await platform.ended(id);
      await platform.reindex();
      expect((await platform.ended(id)).spec.start).toEqual(before.spec.start);
      expect((await platform.trials(id))[0]?.config.start).toBe(record.digest);
    });
  });
});

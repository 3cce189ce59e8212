/** A bucket of version 0.1.0, taken over by this version. */
import {
  DatasetManifest,
  EpochList,
  SweepList,
  SweepLogList,
  SweepView,
  TranslationList,
  datasetDigestOf,
  toJson,
  routes,
  urlOf,
} from '@honyaku/contracts';
import { keys } from '@honyaku/storage';
import { replay } from '@honyaku/sweep-engine';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiPlatform, digest, json } from './api-platform.ts';
import {
  bucket,
  isReadByFirstVersion,
  oddSweeps,
  readStored,
  recordKeys,
} from '@honyaku/sweep-engine/stored';

const odd = oddSweeps.map((each) => ({ ...each, ...readStored(each.stored) }));
const oddIds = odd.map(({ record }) => record.id);
const ids = Object.keys(bucket).flatMap((key) => /^sweeps\/([^/]+)\/sweep\.json$/.exec(key)?.[1] ?? []);

const refusedToday = [
  'values that are there twice',
  'a condition that never holds',
  'a condition on a text for a number',
  'a condition on one number of a continuum',
  'conditions that exclude each other',
  'more than 1,000 values',
  'a condition of more than 1,000 values',
  'a bound that is excluded',
  'a value that its hyperparameter does not take, not reached',
  'a norm beyond all numbers that it is compared with',
  'the address of a webhook of 3,000 characters',
  'no trial of the sampler, and a grid of what is not taken',
];

let platform: ApiPlatform;
/** A sweep of this version in the same bucket. */
let madeHere: string;
beforeAll(async () => {
  platform = await ApiPlatform.open();
  await platform.withTrainer({ perplexity: () => 9 }, async () => {
    madeHere = (await platform.submit({ name: 'here', epochs: 1 })).id;
    await platform.ended(madeHere);
  });
  await copyDataset('d'.repeat(64));
  await platform.api.close();
  for (const [key, text] of Object.entries(bucket)) await platform.objects.put(key, text);
  for (const { record, stored } of odd) {
    await platform.objects.put(keys.sweepRecord(record.id), stored.record);
    for (const [index, entry] of stored.entries.entries())
      await platform.objects.put(keys.logEntry(record.id, index + 1), entry);
  }
  const redis = new Redis(platform.redis.url);
  await redis.flushall();
  redis.disconnect();
  platform.api = await platform.start();
});
afterAll(() => platform?.close());

/** Stores the dataset of the sweep above again, as that of the invalid sweeps. */
async function copyDataset(copy: string): Promise<void> {
  const { corpus, dataset } = (await show(madeHere)).spec;
  const from = datasetDigestOf(corpus.digest, dataset);
  const manifest = await platform.objects.getRecord(DatasetManifest, keys.manifest(from));
  if (!manifest) throw new Error(`there is no dataset ${from}`);
  for (const { key } of Object.values(manifest.tokenizers))
    await platform.objects.put(`${keys.datasetFolder(copy)}/${key}`, key);
  await platform.objects.put(keys.manifest(copy), toJson(DatasetManifest, { ...manifest, digest: copy }));
}

/** The read model of a sweep in Redis. */
async function rowsOf(sweepId: string): Promise<[kind: string, text: string][]> {
  const redis = new Redis(platform.redis.url);
  const fields = await redis.hgetall(`honyaku:sweep:${sweepId}`);
  redis.disconnect();
  const { sequence, ...rows } = fields;
  return Object.entries(rows).map(([field, text]) => [field === 'sweep' ? 'sweepRow' : 'trialRow', text]);
}

const show = (id: string) => platform.call(SweepView, 'GET', urlOf(routes.sweep, { id }));

describe('a bucket of version 0.1.0', () => {
  it('is read completely: every sweep is listed, and none is unreadable', async () => {
    const { sweeps } = await platform.call(SweepList, 'GET', routes.sweeps.path);
    expect(sweeps.map(({ id }) => id)).toEqual(expect.arrayContaining([...ids, ...oddIds]));
    const ready = await platform.request('GET', routes.ready.path);
    expect(await ready.json()).toEqual({ status: 'ok' });
    const reindexed = await platform.reindex();
    expect(reindexed.unreadable).toBeUndefined();
    expect(reindexed.sweeps).toEqual(expect.arrayContaining([...ids, ...oddIds]));
  });

  it('shows its sweeps, epochs, translations and logs', async () => {
    expect(ids).toHaveLength(8);
    for (const id of ids) {
      const sweep = await show(id);
      const first = (await platform.trials(id))[0]?.id ?? '';
      const { epochs } = await platform.call(EpochList, 'GET', urlOf(routes.epochs, { id: first }));
      expect([id, epochs.length]).not.toEqual([id, 0]);
      const { translations } = await platform.call(
        TranslationList,
        'GET',
        urlOf(routes.translations, { id: first, epoch: 1 }),
      );
      expect(translations.length).toBeGreaterThan(0);
      const { entries } = await platform.call(SweepLogList, 'GET', urlOf(routes.log, { id }));
      expect(replay(sweep, entries).differing).toEqual([]);
    }
  });

  it('lets its paused sweep be resumed where it stopped', async () => {
    const id = ids.find((each) => each.startsWith('paused-')) ?? '';
    const { epochsDone } = await show(id);
    expect(epochsDone).toBe(13);
    await platform.withTrainer({ perplexity: ({ epoch }) => 2 - epoch / 100 }, async ({ trained }) => {
      await platform.call(SweepView, 'POST', urlOf(routes.resume, { id }));
      expect(await platform.ended(id)).toMatchObject({ state: 'completed', epochsDone: 80 });
      expect(trained.filter((each) => each.startsWith(id))).toHaveLength(80 - 13);
    });
  });

  it('can be shared with processes of 0.1.0, which accept all records of a sweep with the settings that they know', async () => {
    await platform.withTrainer({ perplexity: () => 5, cut: 1 }, async () => {
      const { id } = await platform.submit({
        name: 'cut',
        epochs: 1,
        runtime: { kernels: 'tensorflow' },
        dataset: { characterCoverage: { source: 0.9995, target: 0.9995 } },
        decoding: { maxTokens: 100, beamSize: 1 },
      });
      await platform.ended(id);
      const [trial] = await platform.trials(id);
      expect(trial?.epochs[0]?.heldOut.translations).not.toHaveProperty('truncated');
      const { epochs } = await platform.call(EpochList, 'GET', urlOf(routes.epochs, { id: trial?.id ?? '' }));
      expect(epochs[0]?.heldOut.translations.truncated).toBe(1);
      const written: [kind: string, text: string][] = await rowsOf(id);
      for await (const { key } of platform.objects.list(`${keys.sweepFolder(id)}/`)) {
        const [kind] = Object.entries(recordKeys).find(([, pattern]) => pattern.test(key)) ?? [];
        if (kind !== undefined) written.push([kind, (await platform.objects.getText(key)) ?? '']);
      }
      expect(new Set(written.map(([kind]) => kind)).size).toBe(9);
      expect(written.filter(([kind, text]) => !isReadByFirstVersion(kind, text))).toEqual([]);
    });
  });

  it('continues and extends sweeps that would be refused today at submission', async () => {
    const running = odd.filter(({ state }) => state === 'running');
    const refusals: string[] = [];
    await platform.withTrainer({ perplexity: () => 3 }, async () => {
      for (const { kind, planned, record } of running) {
        const ended = await platform.ended(record.id);
        expect([kind, ended.state, ended.trials.completed]).toEqual([kind, 'completed', planned]);
        const more = JSON.stringify({ epochs: 2 });
        await platform.call(SweepView, 'POST', urlOf(routes.extend, { id: record.id }), more, json);
        const extended = await platform.ended(record.id);
        expect([kind, extended.state, extended.epochsDone]).toEqual([kind, 'completed', 2 * planned]);
        const { entries } = await platform.call(SweepLogList, 'GET', urlOf(routes.log, { id: record.id }));
        expect([kind, replay(record, entries).differing]).toEqual([kind, []]);
        const spec = JSON.stringify({ ...record.spec, corpus: { digest } });
        const answer = await platform.request('POST', routes.sweeps.path, spec, json);
        if (answer.status === 400) refusals.push(kind);
      }
    });
    expect(refusals).toEqual(refusedToday);
  });
});

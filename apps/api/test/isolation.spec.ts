/** Damaged, missing or incomplete objects of one sweep are reported, and all other sweeps continue. */
import {
  CollectionResult,
  CorpusRecord,
  Demand,
  EpochList,
  Readiness,
  type ReindexResult,
  SweepList,
  SweepLogList,
  SweepView,
  routes,
  storedVersion,
  urlOf,
} from '@honyaku/contracts';
import { UnreliableProxy } from '@honyaku/embedded/unreliable-proxy';
import { keys } from '@honyaku/storage';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Gate, ApiPlatform, digest, improving } from './api-platform.ts';
import { EventReader } from './event-reader.ts';

let platform: ApiPlatform;
let sound: SweepView;
const proxy = new UnreliableProxy();
beforeAll(async () => {
  platform = await ApiPlatform.open();
  await platform.withTrainer({ perplexity: improving }, async () => {
    sound = await platform.ended((await platform.submit({ name: 'sound', epochs: 1 })).id);
  });
});
afterAll(async () => {
  await platform?.close();
  proxy.stop();
});

async function loseRedis(): Promise<void> {
  await platform.api.close();
  const redis = new Redis(platform.redis.url);
  await redis.flushall();
  redis.disconnect();
  platform.api = await platform.start();
}

const unreadable = async () => (await platform.call(Readiness, 'GET', routes.ready.path)).unreadable ?? [];
const reindex = (): Promise<ReindexResult> => platform.reindex();
const show = (id: string) => platform.call(SweepView, 'GET', urlOf(routes.sweep, { id }));
const listed = async () =>
  (await platform.call(SweepList, 'GET', routes.sweeps.path)).sweeps.map(({ id }) => id);
const metrics = async () => (await platform.request('GET', routes.metrics.path)).text();

async function removeFolder(sweepId: string): Promise<void> {
  for await (const { key } of platform.objects.list(`${keys.sweepFolder(sweepId)}/`))
    await platform.objects.remove([key]);
  await reindex();
}

/** An ended sweep of two epochs, whose log has at least three entries. */
async function victim(): Promise<SweepView> {
  let ended: SweepView | undefined;
  await platform.withTrainer({ perplexity: improving }, async () => {
    ended = await platform.ended((await platform.submit({ name: 'victim', epochs: 2 })).id);
  });
  if (!ended) throw new Error('the sweep did not end');
  return ended;
}

async function cutShort(key: string): Promise<void> {
  const text = (await platform.objects.getText(key)) ?? '';
  await platform.objects.put(key, text.slice(0, text.length >> 1));
}

describe('after a loss of Redis', () => {
  it('every sweep is restored, and an interrupted submission is ignored', async () => {
    await platform.objects.put(keys.sweepYaml('aaa'), 'name: aaa');
    await platform.objects.put('sweeps/Not a sweep/notes.txt', 'mine');
    await loseRedis();
    expect(await show(sound.id)).toMatchObject({ state: 'completed', epochsDone: 1 });
    expect(await unreadable()).toEqual([]);
    expect(await reindex()).toEqual({ sweeps: [sound.id] });
    await platform.objects.remove([keys.sweepYaml('aaa')]);
  });

  it.each<[string, (id: string) => string, (key: string) => Promise<void>, string]>([
    ['a record that is cut short', keys.sweepRecord, cutShort, 'is not JSON'],
    ['a record of something else', keys.sweepRecord, (key) => platform.objects.put(key, '{"a":1}'), 'spec'],
    ['no record', keys.sweepRecord, (key) => platform.objects.remove([key]), 'is missing'],
    ['a log entry that is cut short', (id) => keys.logEntry(id, 2), cutShort, 'is not JSON'],
    [
      'a log entry of another number',
      (id) => keys.logEntry(id, 2),
      async (key) => platform.objects.copy(key.replace('00000002', '00000001'), key),
      'is entry 1 of',
    ],
    [
      'a log without an entry in its middle',
      (id) => keys.logEntry(id, 2),
      (key) => platform.objects.remove([key]),
      'is missing, and entry 3 is there',
    ],
  ])(
    'a sweep with %s is reported with the object, and the others are restored',
    async (_, keyOf, damage, why) => {
      const { id } = await victim();
      const key = keyOf(id);
      await damage(key);
      await loseRedis();
      expect(await show(sound.id)).toMatchObject({ state: 'completed' });
      expect(await listed()).toEqual([sound.id]);
      const named = [{ sweep: id, reason: expect.stringContaining(key) }];
      expect(await unreadable()).toEqual(named);
      expect((await unreadable())[0]?.reason).toContain(why);
      expect(await metrics()).toContain('honyaku_unreadable_sweeps 1\n');
      expect(await platform.call(SweepList, 'GET', routes.sweeps.path)).toMatchObject({ unreadable: named });
      for (const route of [routes.sweep, routes.sweepTrials, routes.best])
        expect(await platform.refusal('GET', urlOf(route, { id }))).toMatchObject({
          status: 500,
          message: expect.stringContaining(key),
        });
      expect(await reindex()).toEqual({ sweeps: [sound.id], unreadable: named });
      await removeFolder(id);
      expect(await unreadable()).toEqual([]);
    },
  );
});

describe('an unreadable sweep', () => {
  it('is no longer named by any replica once its folder is moved away', async () => {
    const { id } = await victim();
    await cutShort(keys.sweepRecord(id));
    await loseRedis();
    const replica = await platform.start();
    const named = async (url: string) =>
      Readiness.parse(await (await fetch(`${url}${routes.ready.path}`)).json()).unreadable ?? [];
    const all = () => Promise.all([platform.api.url, replica.url].map(named));
    try {
      expect((await all()).map((sweeps) => sweeps.length)).toEqual([1, 1]);
      for await (const { key } of platform.objects.list(`${keys.sweepFolder(id)}/`))
        await platform.objects.remove([key]);
      await expect.poll(all).toEqual([[], []]);
    } finally {
      await replica.close();
    }
  });
});

describe('a side file that is cut short', () => {
  it('of a best bundle is made anew when it is asked for, and config.json also when it is gone', async () => {
    const download = () => platform.request('GET', urlOf(routes.bestFile, { id: sound.id, file: 'source' }));
    const config = `${keys.bestFolder(sound.id)}/config.json`;
    const before = await platform.objects.getText(config);
    await cutShort(`${keys.bestFolder(sound.id)}/source.model`);
    expect(await (await download()).text()).toBe('source.model');
    for (const damage of [cutShort, (key: string) => platform.objects.remove([key])]) {
      await damage(config);
      expect((await download()).status).toBe(200);
      expect(await platform.objects.getText(config)).toBe(before);
    }
  });

  it.each(['config.json', 'source.model', 'model.safetensors'])(
    'or is missing, as %s of a best bundle, is written again by the reindex',
    async (name) => {
      const key = `${keys.bestFolder(sound.id)}/${name}`;
      const before = await platform.objects.getText(key);
      for (const damage of [cutShort, () => platform.objects.remove([key])]) {
        await damage(key);
        await reindex();
        expect(await platform.objects.getText(key)).toBe(before);
      }
    },
  );

  it('of an evaluation leaves its epoch without samples, and names it', async () => {
    const key = keys.evaluationRecord(`${sound.id}-0001`, 1);
    const before = (await platform.objects.getText(key)) ?? '';
    const epochs = () => platform.call(EpochList, 'GET', urlOf(routes.epochs, { id: `${sound.id}-0001` }));
    const whole = await epochs();
    for (const damage of [cutShort, (each: string) => platform.objects.remove([each])]) {
      await damage(key);
      expect(await epochs()).toEqual({
        epochs: [{ ...whole.epochs[0], samples: [], withoutSamples: expect.stringContaining(key) }],
      });
    }
    await platform.objects.put(key, before);
    expect(await epochs()).toEqual(whole);
  });

  it('of a corpus is replaced by the next upload', async () => {
    const before = await platform.objects.getText(keys.corpus(digest));
    await cutShort(keys.corpus(digest));
    expect(await platform.refusal('GET', urlOf(routes.corpus, { digest }))).toMatchObject({
      status: 404,
      message: `${keys.corpus(digest)} is unreadable: upload the corpus again`,
    });
    const record = await platform.uploadCorpus();
    expect({ ...record, file: '' }).toEqual({ ...JSON.parse(before ?? ''), file: '' });
    expect(await platform.call(CorpusRecord, 'GET', urlOf(routes.corpus, { digest }))).toEqual(record);
  });
});

describe('a log that lacks an entry', () => {
  it.each([1, 2])('is listed up to entry %i, which is missing and is named', async (missing) => {
    const { id } = await victim();
    const key = keys.logEntry(id, missing);
    const before = await platform.objects.getText(key);
    await platform.objects.remove([key]);
    const page = (after: number) => `${urlOf(routes.log, { id })}?after=${after}`;
    if (missing > 1)
      expect(await platform.call(SweepLogList, 'GET', page(0))).toMatchObject({
        entries: Array.from({ length: missing - 1 }, (_, index) => ({ sequence: index + 1 })),
        next: missing - 1,
      });
    const refusal = await platform.refusal('GET', page(missing - 1));
    expect(refusal).toMatchObject({ status: 500, message: expect.stringContaining(`${key} is missing`) });
    await platform.objects.put(key, before ?? '');
    await removeFolder(id);
  });
});

describe('a running sweep whose next log entry is damaged', () => {
  it('has that as its reason wherever it is shown, needs no workers, and goes on without the entry', async () => {
    const { id } = await platform.submit({ name: 'stuck', trials: 1 });
    const reached = new Gate();
    const released = new Gate();
    const beforeCommit = async () => {
      reached.open();
      await released.opened;
    };
    const demand = async () => (await platform.call(Demand, 'GET', routes.demand.path)).trials.workers;
    await platform.withTrainer({ perplexity: improving, beforeCommit }, async () => {
      await reached.opened;
      try {
        const url = `${platform.api.url}${routes.events.path}?sweep=${id}`;
        const watched = await EventReader.open(url);
        const next = keys.logEntry(id, 2);
        await platform.objects.put(next, '{"garb');
        await reindex();
        const named = { id, state: 'running', reason: expect.stringContaining(`${next} is not JSON`) };
        expect(await show(id)).toMatchObject(named);
        const change = await watched.until(
          (event) => event.type === 'sweep' && event.sweep.reason !== undefined,
        );
        expect(change).toMatchObject({ sweep: named });
        watched.close();
        const fresh = await EventReader.open(url);
        expect(await fresh.until(() => true)).toMatchObject({ sweep: named });
        fresh.close();
        // The epoch under way is trained to its end.
        expect(await demand()).toBe(1);
        released.open();
        await expect.poll(demand, { timeout: 30_000 }).toBe(0);
        await platform.objects.remove([next]);
        await reindex();
        expect(await show(id)).not.toHaveProperty('reason');
        expect(await platform.ended(id)).toMatchObject({ state: 'completed', epochsDone: 2 });
      } finally {
        released.open();
      }
    });
    await removeFolder(id);
  });
});

describe('a row in Redis that is damaged', () => {
  it('hides no other sweep from lists, streams and metrics, and is restored from the bucket', async () => {
    const reached = new Gate();
    const released = new Gate();
    const beforeCommit = async () => {
      reached.open();
      await released.opened;
    };
    await platform.withTrainer({ perplexity: improving, beforeCommit }, async () => {
      const [one, other] = [await platform.submit({ name: 'one' }), await platform.submit({ name: 'other' })];
      await reached.opened;
      const redis = new Redis(platform.redis.url);
      await redis.hset(`honyaku:sweep:${one.id}`, 'sweep', '{"id":');
      redis.disconnect();
      expect(await listed()).toContain(other.id);
      const stream = await platform.request('GET', routes.events.path);
      expect(stream.status).toBe(200);
      await stream.body?.cancel();
      expect(await metrics()).toContain(`honyaku_sweep_info{sweep="${other.id}"`);
      await reindex();
      expect(await listed()).toEqual(expect.arrayContaining([one.id, other.id]));
      released.open();
      expect(await platform.ended(one.id)).toMatchObject({ state: 'completed' });
      expect(await platform.ended(other.id)).toMatchObject({ state: 'completed' });
    });
  });
});

describe('a key in Redis that is not what honyaku wrote', () => {
  it('hides no other sweep, is replaced by the sweep of the bucket, or reported until it is gone', async () => {
    const { id } = await victim();
    const redis = new Redis(platform.redis.url);
    await redis.set(`honyaku:sweep:${id}`, 'x');
    await redis.set('honyaku:sweep:stray-1', 'x');
    await redis.zadd('honyaku:sweeps', 1, 'stray-1', 2, 'Bad Id!');
    expect(await listed()).toContain(sound.id);
    expect(await listed()).not.toContain(id);
    expect((await platform.request('GET', routes.demand.path)).status).toBe(200);
    expect(await metrics()).toContain(`honyaku_sweep_info{sweep="${sound.id}"`);
    await reindex();
    expect(await show(id)).toMatchObject({ id, state: 'completed' });
    expect((await unreadable()).map(({ sweep }) => sweep).sort()).toEqual(['Bad Id!', 'stray-1']);
    await redis.zrem('honyaku:sweeps', 'stray-1', 'Bad Id!');
    await redis.del('honyaku:sweep:stray-1');
    redis.disconnect();
    await reindex();
    expect(await unreadable()).toEqual([]);
    await removeFolder(id);
  });
});

describe('a row in Redis of a later version', () => {
  it('is reported and not changed, and hides no other sweep', async () => {
    const { id } = await victim();
    const redis = new Redis(platform.redis.url);
    const key = `honyaku:sweep:${id}`;
    const row = JSON.parse((await redis.hget(key, 'sweep')) ?? '');
    const later = JSON.stringify({ ...row, version: storedVersion + 1, state: 'archived' });
    await redis.hset(key, 'sweep', later);
    await reindex();
    expect(await listed()).toContain(sound.id);
    expect(await listed()).not.toContain(id);
    const stream = await platform.request('GET', routes.events.path);
    expect(stream.status).toBe(200);
    await stream.body?.cancel();
    expect((await platform.refusal('GET', urlOf(routes.sweep, { id }))).status).toBe(503);
    expect(await unreadable()).toEqual([{ sweep: id, reason: expect.stringContaining('of version 2') }]);
    expect(await metrics()).toContain('honyaku_unreadable_sweeps 1\n');
    expect(await redis.hget(key, 'sweep')).toBe(later);
    await redis.hset(key, 'sweep', JSON.stringify({ ...row, addedLater: { a: 1 } }));
    await reindex();
    expect(await show(id)).toMatchObject({ id, state: 'completed' });
    expect(await unreadable()).toEqual([]);
    redis.disconnect();
    await removeFolder(id);
  });

  it('of a trial, if damaged, is missing from the list of trials until it is restored', async () => {
    const { id } = await victim();
    const redis = new Redis(platform.redis.url);
    await redis.hset(`honyaku:sweep:${id}`, `trial:${id}-0001`, '{"id":');
    expect(await platform.trials(id)).toEqual([]);
    await reindex();
    expect(await platform.trials(id)).toMatchObject([{ id: `${id}-0001`, state: 'completed' }]);
    redis.disconnect();
    await removeFolder(id);
  });
});

describe('a log that a later version has continued', () => {
  it('is left to that version: this one decides nothing, removes nothing and fails no trial', async () => {
    const { id } = await victim();
    const key = keys.logEntry(id, 2);
    const stored = (await platform.objects.getText(key)) ?? '';
    const entry = JSON.parse(stored);
    await platform.objects.put(
      key,
      JSON.stringify({ ...entry, events: [{ type: 'archived' }, ...entry.events] }),
    );
    await loseRedis();
    expect(await listed()).toContain(sound.id);
    expect(await listed()).not.toContain(id);
    expect(await unreadable()).toEqual([
      {
        sweep: id,
        reason: expect.stringContaining(`${key} has an event or decision of the unknown type archived`),
      },
    ]);
    expect((await platform.refusal('POST', urlOf(routes.collect, { id }))).status).toBe(503);
    const note = { type: 'note', text: 'archived soon', mayIgnore: true };
    await platform.objects.put(key, JSON.stringify({ ...entry, events: [note, ...entry.events] }));
    await reindex();
    expect(await show(id)).toMatchObject({ state: 'completed', epochsDone: 2 });
    await removeFolder(id);
  });
});

describe('garbage collection', () => {
  const modelOf = (id: string, epoch: number) =>
    `${keys.epochFolder(`${id}-0001`, epoch)}/a1/model.safetensors`;

  it('removes nothing of a sweep whose log has a gap, since the epochs after the gap would look like garbage', async () => {
    const reached = new Gate();
    const released = new Gate();
    const beforeCommit = async () => {
      reached.open();
      await released.opened;
    };
    const redis = new Redis(platform.redis.url);
    let id = '';
    await platform.withTrainer({ perplexity: improving, beforeCommit }, async () => {
      ({ id } = await platform.submit({ name: 'gap', epochs: 2 }));
      await reached.opened;
      const early = await redis.hgetall(`honyaku:sweep:${id}`);
      expect(early['sequence']).toBe('1');
      released.open();
      await platform.ended(id);
      await platform.api.close();
      // As Redis has it after losing recent writes.
      await redis.del(`honyaku:sweep:${id}`);
      await redis.hset(`honyaku:sweep:${id}`, early);
    });
    redis.disconnect();
    await platform.objects.remove([keys.logEntry(id, 2)]);
    platform.api = await platform.start();
    const refused = await platform.refusal('POST', urlOf(routes.collect, { id }));
    expect(refused.message).toContain(`${keys.logEntry(id, 2)} is missing`);
    expect(await platform.objects.getText(modelOf(id, 2))).toBeDefined();
    await removeFolder(id);
  });

  it.each(['removed', 'cut short'])('keeps the files to which a record that is %s may refer', async (how) => {
    const { id } = await victim();
    const record = keys.epochRecord(`${id}-0001`, 2);
    if (how === 'removed') await platform.objects.remove([record]);
    else await cutShort(record);
    const stray = `${keys.epochFolder(`${id}-0001`, 1)}/attempt-9-abc/model.safetensors`;
    await platform.objects.put(stray, 'of a killed attempt');
    await platform.api.close();
    platform.api = await platform.start();
    await platform.call(CollectionResult, 'POST', urlOf(routes.collect, { id }));
    expect(await platform.objects.getText(stray)).toBeUndefined();
    expect(await platform.objects.getText(modelOf(id, 2))).toBeDefined();
    await removeFolder(id);
  });
});

it('a sweep whose record is not stored is none to another API, which begins it once the record is there', async () => {
  await platform.api.close();
  platform.api = await platform.start({ HONYAKU_S3_ENDPOINT: await proxy.start(platform.bucket.endpoint) });
  const stored = proxy.holdNext((request) => request.startsWith('PUT ') && request.includes('sweep.json'));
  const answer = platform.submit({ name: 'halfway', epochs: 1 });
  await stored.arrived;
  // The state that an API finds when it starts after another one died at this point.
  const other = await platform.start();
  const halfway = ({ sweeps }: { sweeps: string[] }) => sweeps.filter((id) => id.startsWith('halfway-'));
  const before = await platform.reindex(other.url);
  expect(halfway(before)).toEqual([]);
  expect(before.unreadable?.filter(({ sweep }) => sweep.startsWith('halfway-')) ?? []).toEqual([]);
  await stored.release();
  const { id } = await answer;
  expect(halfway(await platform.reindex(other.url))).toEqual([id]);
  await platform.withTrainer({ perplexity: improving }, async () => {
    expect(await platform.ended(id)).toMatchObject({ state: 'completed' });
  });
  await other.close();
});

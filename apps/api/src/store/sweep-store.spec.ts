import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NotFound, SweepSpec } from '@honyaku/contracts';
import { exampleTrial } from '@honyaku/contracts/examples';
import { type EmbeddedRedis, startRedis } from '@honyaku/embedded';
import { type SweepState, decide, newSweep, search } from '@honyaku/sweep-engine';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SweepStore } from './sweep-store.ts';

let folder: string;
let server: EmbeddedRedis;
let redis: Redis;
let store: SweepStore;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'honyaku-store-'));
  server = await startRedis({ folder });
  redis = new Redis(server.url);
  store = new SweepStore(redis);
});
afterAll(async () => {
  redis?.disconnect();
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

const now = '2026-01-01T00:00:00.000Z';

function submitted(id: string, createdAt = now): SweepState {
  const spec = SweepSpec.parse({
    name: 'kept',
    corpus: { digest: 'c'.repeat(64) },
    trials: 3,
    concurrency: 3,
  });
  return newSweep({ id, spec, samplerTrials: 3, createdAt });
}

/** Its three trials have begun. */
const begun = (state: SweepState) =>
  decide(state, { type: 'dataset-ready', dataset: 'd'.repeat(64) }, now, search).state;

describe('SweepStore', () => {
  it('gives back what was written', async () => {
    const state = begun(submitted('kept-000001'));
    await store.write({ sequence: 1, state });
    expect(await store.load('kept-000001')).toEqual({ sequence: 1, state });
    expect(await store.trial('kept-000001', 'kept-000001-0003')).toEqual(state.trials[2]);
    expect(await store.sequence('kept-000001')).toBe(1);
  });

  it('says that there is no such sweep or trial', async () => {
    expect(await store.load('none-000000')).toBeUndefined();
    await expect(store.state('none-000000')).rejects.toThrow(NotFound);
    await expect(store.row('none-000000')).rejects.toThrow(NotFound);
    await expect(store.trial('kept-000001', 'kept-000001-0009')).rejects.toThrow(NotFound);
  });

  it('never puts an older state over a newer one', async () => {
    const before = submitted('kept-000002');
    const state = begun(before);
    await store.write({ sequence: 5, state });
    await store.write({ sequence: 4, state: before });
    await store.write({ sequence: 4, state: before }, { sequence: 3, state: before });
    expect(await store.load('kept-000002')).toEqual({ sequence: 5, state });
  });

  it('writes the whole state where the one before is missing, and only what changed where it is there', async () => {
    const before = { sequence: 0, state: submitted('kept-000003') };
    const after = { sequence: 1, state: begun(before.state) };
    await store.write(after, before);
    expect(await store.load('kept-000003')).toEqual(after);
    await redis.hset('honyaku:sweep:kept-000003', 'trial:kept-000003-0002', 'not touched');
    const paused = { ...after.state, sweep: { ...after.state.sweep, state: 'paused' as const } };
    await store.write({ sequence: 2, state: paused }, after);
    expect(await redis.hget('honyaku:sweep:kept-000003', 'trial:kept-000003-0002')).toBe('not touched');
    await store.write({ sequence: 4, state: paused }, { sequence: 3, state: paused });
    expect(await store.load('kept-000003')).toEqual({ sequence: 4, state: paused });
  });

  it('stores thousands of trials in parts, of which none is seen before the whole, and none is left', async () => {
    const id = 'kept-000004';
    const { sweep } = submitted(id);
    const trials = Array.from({ length: 1_250 }, (_, index) => exampleTrial(id, index + 1, [9]));
    const known = { sequence: 3, state: { sweep, trials } };
    const writing = store.write(known);
    const seen = new Set<number>();
    const look = setInterval(() => {
      void redis.hlen(`honyaku:sweep:${id}`).then((fields) => seen.add(fields));
    }, 1);
    await writing;
    clearInterval(look);
    expect([...seen].filter((fields) => fields !== 0 && fields !== trials.length + 2)).toEqual([]);
    expect(await store.load(id)).toEqual(known);

    const ended = { sweep, trials: trials.map((trial) => ({ ...trial, state: 'cancelled' as const })) };
    await store.write({ sequence: 4, state: ended }, known);
    expect(await store.load(id)).toEqual({ sequence: 4, state: ended });
    // Neither an older one nor one of which something is missing leaves its parts behind.
    await store.write(known);
    await store.write(
      { sequence: 9, state: { sweep, trials } },
      { sequence: 8, state: { sweep, trials: [] } },
    );
    expect(await store.load(id)).toEqual({ sequence: 9, state: { sweep, trials } });
    await store.replace(known);
    expect(await store.load(id)).toEqual(known);
    expect(await redis.keys('honyaku:sweep-part:*')).toEqual([]);
    expect(await redis.ttl(`honyaku:sweep:${id}`)).toBe(-1);
  });

  it('lists the newest sweep first', async () => {
    await store.write({ sequence: 0, state: submitted('kept-000005', '2027-01-01T00:00:00.000Z') });
    await store.write({ sequence: 0, state: submitted('kept-000006', '2026-06-01T00:00:00.000Z') });
    const ids: string[] = [];
    for await (const { id } of store.rows()) ids.push(id);
    expect(ids.slice(0, 2)).toEqual(['kept-000005', 'kept-000006']);
  });
});

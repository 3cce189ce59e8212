import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NotFound, SweepSpec } from '@honyaku/contracts';
import { type EmbeddedRedis, startRedis } from '@honyaku/embedded';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { search } from './chooser.ts';
import { decide } from './decisions.ts';
import { type SweepState, newSweep } from './sweep-state.ts';
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

  it('lists the newest sweep first', async () => {
    await store.write({ sequence: 0, state: submitted('kept-000005', '2027-01-01T00:00:00.000Z') });
    await store.write({ sequence: 0, state: submitted('kept-000006', '2026-06-01T00:00:00.000Z') });
    const ids = (await store.list()).map(({ id }) => id);
    expect(ids.slice(0, 2)).toEqual(['kept-000005', 'kept-000006']);
  });
});

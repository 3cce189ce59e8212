import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Conflict, NotFound, SweepSpec } from '@honyaku/contracts';
import { type EmbeddedRedis, startRedis } from '@honyaku/embedded';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { planTrials } from './plan.ts';
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

const spec = SweepSpec.parse({ name: 'kept', corpus: { digest: 'c'.repeat(64) }, trials: 3 });

async function stored(id: string, createdAt = '2026-01-01T00:00:00.000Z'): Promise<SweepState> {
  const state = newSweep({ id, spec, planned: 3, createdAt });
  await store.create(state);
  return state;
}

function oneEpochMore(state: SweepState): { state: SweepState } {
  return { state: { ...state, sweep: { ...state.sweep, epochsDone: state.sweep.epochsDone + 1 } } };
}

describe('SweepStore', () => {
  it('gives back what was created and refuses to create it again', async () => {
    const state = await stored('kept-000001');
    expect(await store.load('kept-000001')).toEqual(state);
    await expect(store.create(state)).rejects.toThrow(Conflict);
  });

  it('says that there is no such sweep or trial', async () => {
    await expect(store.load('none-000000')).rejects.toThrow(NotFound);
    await expect(store.row('none-000000')).rejects.toThrow(NotFound);
    await expect(store.update('none-000000', oneEpochMore)).rejects.toThrow(NotFound);
    await expect(store.trial('kept-000001', 'kept-000001-0009')).rejects.toThrow(NotFound);
  });

  it('loses none of 40 changes made at once', async () => {
    await stored('kept-000002');
    await Promise.all(Array.from({ length: 40 }, () => store.update('kept-000002', oneEpochMore)));
    expect((await store.row('kept-000002')).epochsDone).toBe(40);
    expect(await redis.hget('honyaku:sweep:kept-000002', 'version')).toBe('41');
  });

  it('writes only the trials that changed, and nothing when nothing did', async () => {
    await stored('kept-000003');
    const trials = planTrials('kept-000003', spec, 'd'.repeat(64));
    await store.update('kept-000003', (state) => ({ state: { ...state, trials } }));
    await redis.hset('honyaku:sweep:kept-000003', 'trial:kept-000003-0002', 'not touched');
    await expect(store.load('kept-000003')).rejects.toThrow(/kept-000003-0002 is not JSON/);
    expect(await store.trial('kept-000003', 'kept-000003-0003')).toEqual(trials[2]);

    await stored('kept-000004');
    await store.update('kept-000004', (state) => ({ state }));
    expect(await redis.hget('honyaku:sweep:kept-000004', 'version')).toBe('1');
  });

  it('lists the newest sweep first', async () => {
    await stored('kept-000005', '2027-01-01T00:00:00.000Z');
    await stored('kept-000006', '2026-06-01T00:00:00.000Z');
    const ids = (await store.list()).map(({ id }) => id);
    expect(ids.slice(0, 2)).toEqual(['kept-000005', 'kept-000006']);
  });
});

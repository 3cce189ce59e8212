import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SweepRecord, SweepSpec } from '@honyaku/contracts';
import { type EmbeddedObjectStore, startObjectStore } from '@honyaku/embedded';
import { ObjectStore, keys } from '@honyaku/storage';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { recordSweep } from './submission.ts';

let folder: string;
let server: EmbeddedObjectStore;
let objects: ObjectStore;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'honyaku-record-'));
  server = await startObjectStore({ folder });
  objects = new ObjectStore({ ...server, region: 'us-east-1' });
  await objects.ensureBucket();
});
afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true });
});

it('draws another id when the first one is taken', async () => {
  const spec = (epochs: number) =>
    SweepSpec.parse({ name: 'twin', corpus: { digest: 'a'.repeat(64) }, epochs });
  const suffixes = ['00000000000000aa', '00000000000000aa', '00000000000000bb'];
  const suffix = () => suffixes.shift() ?? 'none';
  const ids = [
    await recordSweep(objects, spec(1), 'epochs: 1', suffix),
    await recordSweep(objects, spec(2), 'epochs: 2', suffix),
  ].map(({ id }) => id);
  expect(ids).toEqual(['twin-00000000000000aa', 'twin-00000000000000bb']);
  for (const [index, id] of ids.entries())
    expect((await objects.getRecord(SweepRecord, keys.sweepRecord(id)))?.spec.epochs).toBe(index + 1);
});

it('gives a sweep of a long name an id that version 0.1.0 reads', async () => {
  const name = `${'a'.repeat(29)}-${'b'.repeat(10)}`;
  const spec = SweepSpec.parse({ name, corpus: { digest: 'a'.repeat(64) } });
  const { id } = await recordSweep(objects, spec, `name: ${name}`);
  expect(id).toMatch(/^a{29}-[0-9a-f]{16}$/);
  expect(id.length).toBeLessThanOrEqual(47);
});

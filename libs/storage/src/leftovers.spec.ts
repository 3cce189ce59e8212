import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EmbeddedObjectStore, startObjectStore } from '@honyaku/embedded';
import { Client } from 'minio';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ObjectStore } from './object-store.ts';

let folder: string;
let server: EmbeddedObjectStore;
let store: ObjectStore;
let client: Client;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'honyaku-versions-'));
  server = await startObjectStore({ folder });
  store = new ObjectStore({ ...server, region: 'us-east-1' });
  await store.ensureBucket();
  const { hostname, port } = new URL(server.endpoint);
  client = new Client({
    endPoint: hostname,
    port: Number(port),
    useSSL: false,
    region: 'us-east-1',
    accessKey: server.accessKey,
    secretKey: server.secretKey,
  });
});
afterAll(async () => {
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

describe('noncurrent versions of a bucket', () => {
  it('are not reported where the bucket keeps none', async () => {
    await store.put('before/a', 'x');
    expect(await store.versions.noncurrent('before/')).toBeUndefined();
  });

  it('are counted with their bytes and delete markers, under the prefix alone', async () => {
    await client.setBucketVersioning(server.bucket, { Status: 'Enabled' });
    expect(await store.versions.noncurrent('after/')).toEqual({ versions: 0, bytes: 0, deleteMarkers: 0 });
    for (const length of [100, 20, 3]) await store.put('after/a/overwritten', 'x'.repeat(length));
    await store.put('after/b/removed', 'y'.repeat(50));
    await store.remove(['after/b/removed']);
    await store.put('elsewhere', 'z');
    await store.put('elsewhere', 'z');
    expect(await store.versions.noncurrent('after/')).toEqual({ versions: 3, bytes: 170, deleteMarkers: 1 });
  });

  it('are counted over the pages of a listing', async () => {
    const keys = Array.from({ length: 60 }, (_, index) => `pages/${index}/x`);
    for (const key of keys)
      for (let version = 0; version < 20; version += 1) await client.putObject(server.bucket, key, 'x');
    const expected = { versions: 60 * 19, bytes: 60 * 19, deleteMarkers: 0 };
    expect(await store.versions.noncurrent('pages/')).toEqual(expected);
  });
});

import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Corrupt, NotFound, Unavailable } from '@honyaku/contracts';
import { type EmbeddedObjectStore, startObjectStore } from '@honyaku/embedded';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FileCache } from './file-cache.ts';
import { ObjectStore } from './object-store.ts';

let folder: string;
let server: EmbeddedObjectStore;
let store: ObjectStore;
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'storage-'));
  server = await startObjectStore({ folder: join(folder, 'weed') });
  store = new ObjectStore({ ...server, region: 'us-east-1' });
  await store.ensureBucket();
});
afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true });
});

const upload = async (key: string, bytes: Buffer) => {
  const path = join(folder, 'upload');
  await writeFile(path, bytes);
  return store.putFile(key, path);
};

describe('ObjectStore', () => {
  it('lets exactly one of many writers at once commit a record', async () => {
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, writer) => store.putIfAbsent('race/record.json', `${writer}`)),
    );
    expect(outcomes.filter((outcome) => outcome === 'created')).toHaveLength(1);
    expect(await store.getText('race/record.json')).toBe(String(outcomes.indexOf('created')));
  });

  it('tells a writer that repeats its own commit that it made it', async () => {
    await store.putIfAbsent('again/record.json', 'mine');
    expect(await store.putIfAbsent('again/record.json', 'mine')).toBe('created');
    expect(await store.putIfAbsent('again/record.json', 'other')).toBe('exists');
  });

  it('uploads a file of several parts and gives back the same bytes', async () => {
    const bytes = randomBytes(70 * 1024 * 1024);
    const stored = await upload('large', bytes);
    expect(stored).toEqual({ key: 'large', bytes: bytes.length, sha256: sha256(bytes) });
    await store.getFile('large', join(folder, 'large'), stored);
    expect((await readFile(join(folder, 'large'))).equals(bytes)).toBe(true);
  });

  it('refuses bytes that are not those of the record, and leaves no file', async () => {
    const stored = await upload('other', Buffer.from('one'));
    await store.put('other', 'two');
    await expect(store.getFile('other', join(folder, 'other'), stored)).rejects.toThrow(Corrupt);
    expect((await readdir(folder)).filter((name) => name.startsWith('other'))).toEqual([]);
  });

  it('says what is absent', async () => {
    expect(await store.getText('nothing')).toBeUndefined();
    const expected = { bytes: 1, sha256: 'a'.repeat(64) };
    await expect(store.getFile('nothing', join(folder, 'nothing'), expected)).rejects.toThrow(NotFound);
  });

  it('lists, copies, removes and hands out presigned URLs', async () => {
    await store.put('folder/a', 'text');
    await store.copy('folder/a', 'folder/b');
    const listed = [];
    for await (const item of store.list('folder/')) listed.push(item);
    expect(listed).toEqual([
      { key: 'folder/a', bytes: 4 },
      { key: 'folder/b', bytes: 4 },
    ]);
    const answer = await fetch(await store.presignedGet('folder/b', 60));
    expect(await answer.text()).toBe('text');
    await store.remove(['folder/a', 'folder/b']);
    expect(await store.getText('folder/a')).toBeUndefined();
  });

  it('names the endpoint and not the secret when the credentials are refused or nothing answers', async () => {
    const wrong = new ObjectStore({ ...server, region: 'us-east-1', secretKey: 'not-the-secret' });
    await expect(wrong.put('x', 'y')).rejects.toThrow(/access denied/);
    const away = new ObjectStore({ ...server, region: 'us-east-1', endpoint: 'http://127.0.0.1:9' });
    await expect(away.check()).rejects.toThrow(Unavailable);
    await expect(away.check()).rejects.toThrow(/127\.0\.0\.1:9/);
  });
});

describe('FileCache', () => {
  it('downloads once, fetches again what was damaged, and makes room by age', async () => {
    const cacheFolder = join(folder, 'cache');
    const open = () => new FileCache({ folder: cacheFolder, maxBytes: 25, store });
    const first = await upload('cached/1', Buffer.from('0123456789'));
    const path = await open().fetch('cached/1', first);
    await store.remove(['cached/1']);
    expect(await open().fetch('cached/1', first)).toBe(path);

    await store.put('cached/1', '0123456789');
    await truncate(path, 5);
    await open().fetch('cached/1', first);
    expect(await readFile(path, 'utf8')).toBe('0123456789');

    const second = await upload('cached/2', Buffer.from('abcdefghij'));
    const third = await upload('cached/3', Buffer.from('ABCDEFGHIJ'));
    const cache = open();
    await cache.fetch('cached/2', second);
    await cache.fetch('cached/3', third);
    expect((await readdir(cacheFolder)).sort()).toEqual([second.sha256, third.sha256].sort());
  });
});

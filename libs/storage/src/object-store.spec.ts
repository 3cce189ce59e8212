import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { Corrupt, NotFound, Unavailable } from '@honyaku/contracts';
import { type EmbeddedObjectStore, startObjectStore } from '@honyaku/embedded';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
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

  it('keeps to exactly one also when all write the same', async () => {
    const outcomes = await Promise.all(
      Array.from({ length: 4 }, () => store.putIfAbsent('race/equal.json', Buffer.from('same'))),
    );
    expect(outcomes.filter((outcome) => outcome === 'created')).toHaveLength(1);
  });

  it('uploads a file of several parts and gives back the same bytes', async () => {
    const bytes = randomBytes(40 * 1024 * 1024);
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

  it('reads a record by its schema, and says which object does not fit', async () => {
    const Record = z.strictObject({ step: z.int() });
    await store.put('record.json', '{"step":3}');
    expect(await store.getRecord(Record, 'record.json')).toEqual({ step: 3 });
    expect(await store.getRecord(Record, 'no-record.json')).toBeUndefined();
    await store.put('record.json', '{"step":"three"}');
    await expect(store.getRecord(Record, 'record.json')).rejects.toThrow(/record\.json/);
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
    const failure: unknown = await away.check().catch((error: unknown) => error);
    expect(String(failure)).toContain('127.0.0.1:9');
    expect(inspect(failure, { depth: 10 })).not.toContain(server.secretKey);
    const absent = new ObjectStore({ ...server, region: 'us-east-1', bucket: 'no-such-bucket' });
    await expect(absent.check()).rejects.toThrow(/no bucket no-such-bucket/);
  });

  it('lists more keys than fit in one answer, each once and in order', async () => {
    const names = Array.from({ length: 1005 }, (_, n) => `many/${n % 7}/${n % 3 === 0 ? 'deep/' : ''}${n}`);
    for (let start = 0; start < names.length; start += 100) {
      await Promise.all(names.slice(start, start + 100).map((name) => store.put(name, 'x')));
    }
    const listed = [];
    for await (const { key } of store.list('many/')) listed.push(key);
    expect(listed).toEqual(names.sort());
  });

  it('makes the bucket when several do so at once', async () => {
    const fresh = Array.from(
      { length: 3 },
      () => new ObjectStore({ ...server, region: 'us-east-1', bucket: 'fresh-bucket' }),
    );
    await Promise.all(fresh.map((one) => one.ensureBucket()));
    await fresh[0]?.check();
  });

  it('says which file on this machine cannot be read or written', async () => {
    await expect(store.putFile('x', join(folder, 'no-such-file'))).rejects.toThrow(/no-such-file/);
    const stored = await upload('local', Buffer.from('x'));
    const nowhere = join(folder, 'no-such-folder', 'x');
    await expect(store.getFile('local', nowhere, stored)).rejects.toThrow(/no-such-folder/);
  });
});

import { mkdtemp, readdir, readFile, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Corrupt } from '@honyaku/contracts';
import { type EmbeddedObjectStore, startObjectStore } from '@honyaku/embedded';
import { UnreliableProxy } from '@honyaku/embedded/unreliable-proxy';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { FileCache } from './file-cache.ts';
import { ObjectStore } from './object-store.ts';

let folder: string;
let server: EmbeddedObjectStore;
let store: ObjectStore;
let cacheFolder: string;
const requests: string[] = [];
const proxy = new UnreliableProxy((request) => {
  requests.push(request);
  return undefined;
});

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'file-cache-'));
  server = await startObjectStore({ folder: join(folder, 'weed') });
  store = new ObjectStore({ ...server, endpoint: await proxy.start(server.endpoint), region: 'us-east-1' });
});
afterAll(async () => {
  proxy.stop();
  await server.stop();
  await rm(folder, { recursive: true });
});
beforeEach(async () => {
  cacheFolder = await mkdtemp(join(folder, 'cache-'));
});

const upload = async (key: string, text: string) => {
  const path = join(folder, 'upload');
  await writeFile(path, text);
  return store.putFile(key, path);
};
const open = (maxBytes = 25) => new FileCache({ folder: cacheFolder, maxBytes, store });
const downloads = (key: string) => requests.filter((name) => name.startsWith(`GET /${server.bucket}/${key}`));

describe('FileCache', () => {
  it('downloads what many ask for at once a single time, and not again later', async () => {
    const file = await upload('shared', '0123456789');
    const cache = open();
    const paths = await Promise.all(Array.from({ length: 10 }, () => cache.fetch('shared', file)));
    expect(new Set(paths).size).toBe(1);
    expect(await readFile(paths[0] ?? '', 'utf8')).toBe('0123456789');
    await open().fetch('shared', file);
    expect(downloads('shared')).toHaveLength(1);
  });

  it.each([
    ['shortened', (path: string) => truncate(path, 5)],
    ['changed', (path: string) => writeFile(path, '0123456780')],
    ['removed', (path: string) => rm(path)],
  ])('fetches again what was %s on disk', async (how, damage) => {
    const file = await upload(how, '0123456789');
    const path = await open().fetch(how, file);
    await damage(path);
    await open().fetch(how, file);
    expect(await readFile(path, 'utf8')).toBe('0123456789');
    expect(downloads(how)).toHaveLength(2);
  });

  it('makes room by removing what was used longest ago', async () => {
    const one = await upload('one', '0123456789');
    const two = await upload('two', 'abcdefghij');
    const three = await upload('three', 'ABCDEFGHIJ');
    const cache = open();
    const oldest = await cache.fetch('one', one);
    const older = await cache.fetch('two', two);
    await utimes(oldest, 1000, 1000);
    await utimes(older, 2000, 2000);
    await cache.fetch('one', one);
    await cache.fetch('three', three);
    expect((await readdir(cacheFolder)).sort()).toEqual([one.sha256, three.sha256].sort());
  });

  it('removes what a killed download left, and not one that may be under way', async () => {
    const file = await upload('left', '0123456789');
    const [abandoned, fresh] = [join(cacheFolder, 'x.1.tmp'), join(cacheFolder, 'x.2.tmp')];
    await writeFile(abandoned, 'x');
    await utimes(abandoned, 1000, 1000);
    await writeFile(fresh, 'x');
    await open().fetch('left', file);
    expect((await readdir(cacheFolder)).sort()).toEqual([file.sha256, 'x.2.tmp'].sort());
  });

  it('keeps nothing of an object that is not what its record says', async () => {
    const file = await upload('wrong', '0123456789');
    await store.put('wrong', '0123456780');
    await expect(open().fetch('wrong', file)).rejects.toThrow(Corrupt);
    expect(await readdir(cacheFolder)).toEqual([]);
  });
});

import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Corrupt, Unavailable } from '@honyaku/contracts';
import { type EmbeddedObjectStore, startObjectStore } from '@honyaku/embedded';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ObjectStore } from '../src/object-store.ts';
import { type Fault, FlakyProxy } from './flaky-proxy.ts';

let folder: string;
let server: EmbeddedObjectStore;
let proxy: FlakyProxy;
let store: ObjectStore;
let endpoint: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flaky-'));
  server = await startObjectStore({ folder: join(folder, 'weed') });
  proxy = new FlakyProxy(server.endpoint);
  endpoint = await proxy.open();
  store = new ObjectStore({ ...server, endpoint, region: 'us-east-1' });
});
afterAll(async () => {
  await proxy.close();
  await server.stop();
  await rm(folder, { recursive: true });
});
beforeEach(() => {
  proxy.seen.length = 0;
  proxy.fault = () => 'pass';
});

/** The first request that matches meets the fault, all others pass. */
const onceOn = (pattern: RegExp, fault: Fault) => {
  let met = false;
  proxy.fault = (request) => {
    if (met || !pattern.test(request)) return 'pass';
    met = true;
    return fault;
  };
};
const upload = async (key: string, bytes: Buffer) => {
  const path = join(folder, 'upload');
  await writeFile(path, bytes);
  return store.putFile(key, path);
};

describe('ObjectStore behind a bad network', () => {
  it('tells a writer whose answer was lost that it was the one who committed', async () => {
    onceOn(/^PUT/, 'lose-answer');
    expect(await store.putIfAbsent('lost/record.json', 'mine')).toBe('created');
    onceOn(/^PUT/, 'refuse');
    expect(await store.putIfAbsent('lost/record.json', 'mine')).toBe('exists');
  });

  it.each<[Fault]>([['refuse'], ['lose-answer'], ['halve']])(
    'reads the whole file when the first try meets %s',
    async (fault) => {
      const bytes = randomBytes(300_000);
      const stored = await upload(`read/${fault}`, bytes);
      onceOn(/^GET/, fault);
      const path = join(folder, `read-${fault}`);
      await store.getFile(stored.key, path, stored);
      expect((await readFile(path)).equals(bytes)).toBe(true);
    },
  );

  it('does not take a damaged transfer for the file', async () => {
    const stored = await upload('damaged', randomBytes(1000));
    proxy.fault = () => 'damage';
    await expect(store.getFile('damaged', join(folder, 'damaged'), stored)).rejects.toThrow(Corrupt);
  });

  it('uploads every part when an upload of equal parts is broken off and tried again', async () => {
    const bytes = Buffer.alloc(52 * 1024 * 1024);
    onceOn(/^PUT .*partNumber=4/, 'refuse');
    const stored = await upload('zeros', bytes);
    expect(stored.sha256).toBe(createHash('sha256').update(bytes).digest('hex'));
    expect(proxy.seen.filter((name) => name.startsWith('PUT')).length).toBeGreaterThan(4);
    await store.getFile('zeros', join(folder, 'zeros'), stored);
  });

  it('gives up after a bounded number of tries and names the endpoint', async () => {
    proxy.fault = () => 'refuse';
    const failure = store.getText('any');
    await expect(failure).rejects.toThrow(Unavailable);
    await expect(failure).rejects.toThrow(endpoint);
    expect(proxy.seen).toHaveLength(5);
  });

  it('ends its requests at the time limit, and does not leave them open', async () => {
    const hasty = new ObjectStore({ ...server, endpoint, region: 'us-east-1', requestSeconds: 0.2 });
    proxy.fault = () => 'silence';
    await expect(hasty.check()).rejects.toThrow(/ETIMEDOUT/);
    await expect(hasty.list('x').next()).rejects.toThrow(/ETIMEDOUT/);
    const silent = proxy.seen.length;
    expect(silent).toBe(6);
    await expect.poll(() => proxy.connections()).toBe(0);
  });
});

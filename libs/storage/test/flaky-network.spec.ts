import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Corrupt, Unavailable } from '@honyaku/contracts';
import { type EmbeddedObjectStore, startObjectStore } from '@honyaku/embedded';
import { type Trouble, UnreliableProxy } from '@honyaku/embedded/unreliable-proxy';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ObjectStore } from '../src/object-store.ts';

let folder: string;
let server: EmbeddedObjectStore;
let store: ObjectStore;
let endpoint: string;
/** Requests that arrived, as `METHOD /path?query`. */
let requests: string[];
let troubleOf: (request: string) => Trouble | undefined;
const proxy = new UnreliableProxy((request) => {
  requests.push(request);
  return troubleOf(request);
});
const refused = { instead: 503, done: false } as const;
const answerLost = { instead: 'cut', done: true } as const;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flaky-'));
  server = await startObjectStore({ folder: join(folder, 'weed') });
  endpoint = await proxy.start(server.endpoint);
  store = new ObjectStore({ ...server, endpoint, region: 'us-east-1' });
});
afterAll(async () => {
  proxy.stop();
  await server.stop();
  await rm(folder, { recursive: true });
});
beforeEach(() => {
  requests = [];
  troubleOf = () => undefined;
});

/** The first request that matches meets the trouble, all others pass. */
const onceOn = (pattern: RegExp, trouble: Trouble) => {
  let met = false;
  troubleOf = (request) => {
    if (met || !pattern.test(request)) return undefined;
    met = true;
    return trouble;
  };
};
const upload = async (key: string, bytes: Buffer) => {
  const path = join(folder, 'upload');
  await writeFile(path, bytes);
  return store.putFile(key, path);
};

describe('ObjectStore behind a bad network', () => {
  it('reports to a writer whose answer was lost that it committed', async () => {
    onceOn(/^PUT/, answerLost);
    expect(await store.putIfAbsent('lost/record.json', 'mine')).toBe('created');
    onceOn(/^PUT/, refused);
    expect(await store.putIfAbsent('lost/record.json', 'mine')).toBe('exists');
  });

  it.each<[string, Trouble]>([
    ['is refused', refused],
    ['gets no answer', answerLost],
    ['is answered by half', 'halve'],
  ])('reads the whole file when the first try %s', async (name, trouble) => {
    const bytes = randomBytes(300_000);
    const stored = await upload(`read/${name}`, bytes);
    onceOn(/^GET/, trouble);
    const path = join(folder, `read ${name}`);
    await store.getFile(stored.key, path, stored);
    expect((await readFile(path)).equals(bytes)).toBe(true);
  });

  it('does not take a damaged transfer for the file', async () => {
    const stored = await upload('damaged', randomBytes(1000));
    troubleOf = () => 'damage';
    await expect(store.getFile('damaged', join(folder, 'damaged'), stored)).rejects.toThrow(Corrupt);
  });

  it('uploads every part when an upload of equal parts is broken off and tried again', async () => {
    const bytes = Buffer.alloc(52 * 1024 * 1024);
    onceOn(/^PUT .*partNumber=4/, refused);
    const stored = await upload('zeros', bytes);
    expect(stored.sha256).toBe(createHash('sha256').update(bytes).digest('hex'));
    expect(requests.filter((name) => name.startsWith('PUT')).length).toBeGreaterThan(4);
    await store.getFile('zeros', join(folder, 'zeros'), stored);
  });

  it('gives up after a bounded number of tries and names the endpoint', async () => {
    troubleOf = () => refused;
    const failure = store.getText('any');
    await expect(failure).rejects.toThrow(Unavailable);
    await expect(failure).rejects.toThrow(endpoint);
    expect(requests).toHaveLength(5);
  });

  it('ends its requests at the time limit, and does not leave them open', async () => {
    const hasty = new ObjectStore({ ...server, endpoint, region: 'us-east-1', requestSeconds: 0.2 });
    troubleOf = () => 'silence';
    await expect(hasty.check()).rejects.toThrow(/ETIMEDOUT/);
    await expect(hasty.list('x/').next()).rejects.toThrow(/ETIMEDOUT/);
    const silent = requests.length;
    expect(silent).toBe(6);
    await expect.poll(() => proxy.connections()).toBe(0);
  });

  it('ends a request with all its tries at its total limit, and names the store that is silent', async () => {
    const bounded = (totalSeconds: number) =>
      new ObjectStore({ ...server, endpoint, region: 'us-east-1', requestSeconds: 0.4, totalSeconds });
    troubleOf = () => 'silence';
    const failure = bounded(0.5).getText('any');
    await expect(failure).rejects.toThrow(
      /the object store at .* does not answer as it should \(ETIMEDOUT\)/,
    );
    // Without the limit there are three tries.
    expect(requests.length).toBeLessThanOrEqual(2);
    onceOn(/^GET/, 'silence');
    expect(await bounded(60).getText('no-such-key')).toBeUndefined();
  });

  it('gives an upload the time of its bytes beside the total limit', async () => {
    const bounded = new ObjectStore({ ...server, endpoint, region: 'us-east-1', totalSeconds: 0.5 });
    const path = join(folder, 'slow');
    await writeFile(path, randomBytes(3_000_000));
    let waited = false;
    troubleOf = () => undefined;
    const held = proxy.holdNext((request) => request.startsWith('PUT'));
    const stored = bounded.putFile('slow', path);
    await held.arrived;
    setTimeout(() => {
      waited = true;
      void held.release();
    }, 1200);
    expect((await stored).bytes).toBe(3_000_000);
    expect(waited).toBe(true);
  });
});

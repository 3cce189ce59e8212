/** Stores that are not as hoped. */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:https';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvalidInput, messageOf, Unavailable } from '@honyaku/contracts';
import { type EmbeddedObjectStore, startObjectStore } from '@honyaku/embedded';
import { UnreliableProxy } from '@honyaku/embedded/unreliable-proxy';
import { generate } from 'selfsigned';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ObjectStore, requireConditionalPuts } from '../src/index.ts';
import { FakeRefusingStore } from './fake-refusing-store.ts';
import { startRelay } from './tcp-relay.ts';

let folder: string;
let server: EmbeddedObjectStore;
let direct: ObjectStore;
const open: { stop: () => void }[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stores-'));
  server = await startObjectStore({ folder: join(folder, 'weed') });
  direct = storeAt(server.endpoint);
});
afterEach(() => open.splice(0).forEach((each) => each.stop()));
afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true });
});

const storeAt = (endpoint: string, settings = {}) =>
  new ObjectStore({ ...server, endpoint, region: 'us-east-1', ...settings });

async function refusing(status: number, code: string): Promise<FakeRefusingStore & { endpoint: string }> {
  const store = new FakeRefusingStore(status, code);
  open.push(store);
  return Object.assign(store, { endpoint: await store.start() });
}

const probes = async () => {
  const found: string[] = [];
  for await (const { key } of direct.list('probes/')) found.push(key);
  return found;
};

const reasonOf = (attempt: Promise<unknown>) =>
  attempt.then(
    () => 'nothing was wrong',
    (error: unknown) => {
      expect(error).toBeInstanceOf(Unavailable);
      return messageOf(error);
    },
  );

describe('a store that overwrites in spite of If-None-Match', () => {
  it('is refused by name, and nothing of the probe stays', async () => {
    // As a store without the condition does it: what was there is gone, and the put succeeds.
    const proxy = new UnreliableProxy(async (request) => {
      const [, key] = /^PUT \/honyaku\/(\S+)$/.exec(request) ?? [];
      if (key !== undefined) await direct.remove([key]);
      return undefined;
    });
    open.push(proxy);
    const endpoint = await proxy.start(server.endpoint);
    const failure: unknown = await requireConditionalPuts(storeAt(endpoint)).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(InvalidInput);
    expect(messageOf(failure)).toContain(endpoint);
    expect(messageOf(failure)).toContain('If-None-Match');
    expect(await probes()).toEqual([]);
  });

  it('is distinguished from one that does not know the header', async () => {
    const { endpoint } = await refusing(501, 'NotImplemented');
    // What lies there cannot be removed either, which is not what is reported.
    await expect(requireConditionalPuts(storeAt(endpoint))).rejects.toThrow(InvalidInput);
    await expect(requireConditionalPuts(storeAt(endpoint))).rejects.toThrow(/NotImplemented/);
  });

  it('is distinguished from a sound one, by any number of processes that start at once', async () => {
    await Promise.all(Array.from({ length: 8 }, () => requireConditionalPuts(direct)));
    expect(await probes()).toEqual([]);
  });
});

describe('a store that refuses', () => {
  it.each([
    ['AccessDenied', 403, 's3:ListBucket'],
    ['InvalidAccessKeyId', 403, 'AWS_ACCESS_KEY_ID'],
    ['SignatureDoesNotMatch', 403, 'AWS_SECRET_ACCESS_KEY'],
    ['ExpiredToken', 400, 'AWS_SESSION_TOKEN'],
    ['RequestTimeTooSkewed', 403, 'clock'],
    ['PermanentRedirect', 301, 'PermanentRedirect'],
  ])(
    'is asked again for its reason when that is %s, which a HEAD does not have',
    async (code, status, hint) => {
      const { endpoint } = await refusing(status, code);
      for (const attempt of [storeAt(endpoint).check(), storeAt(endpoint).ensureBucket()]) {
        const reason = await reasonOf(attempt);
        expect(reason).toContain(code);
        expect(reason).toContain(hint);
      }
    },
  );

  it('names wrong credentials of a real store', async () => {
    expect(await reasonOf(storeAt(server.endpoint, { secretKey: 'wrong' }).check())).toContain(
      'SignatureDoesNotMatch',
    );
  });

  it('names a bucket that is not there and cannot be made', async () => {
    const bucket = 'Not_A_Name';
    expect(await reasonOf(storeAt(server.endpoint, { bucket: 'another' }).check())).toContain(
      'there is no bucket another',
    );
    expect(await reasonOf(storeAt(server.endpoint, { bucket }).check())).toContain('InvalidBucketName');
  });

  it('names a certificate that nobody vouches for', async () => {
    const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }], {
      keyType: 'ec',
    });
    const tls = createServer({ key, cert });
    open.push({ stop: () => tls.close() });
    await once(tls.listen(0, '127.0.0.1'), 'listening');
    const address = tls.address();
    const port = typeof address === 'object' ? address?.port : 0;
    const reason = await reasonOf(storeAt(`https://127.0.0.1:${port}`).check());
    expect(reason).toMatch(/certificate .* is not accepted \(DEPTH_ZERO_SELF_SIGNED_CERT\)/);
    expect(reason).toContain('NODE_EXTRA_CA_CERTS');
  });
});

describe('a store', () => {
  const hasIpv6 = networkInterfaces()['lo']?.some(({ address }) => address === '::1') ?? false;

  it.runIf(hasIpv6)('at an IPv6 address is written, read and linked to', async () => {
    const relay = await startRelay('::1', Number(new URL(server.endpoint).port));
    open.push(relay);
    const store = storeAt(`http://[::1]:${relay.port}`);
    await store.check();
    await store.put('ipv6', 'over IPv6');
    expect(await store.getText('ipv6')).toBe('over IPv6');
    const link = await store.presignedGet('ipv6', 60);
    expect(link).toContain(`http://[::1]:${relay.port}/`);
    expect(await (await fetch(link)).text()).toBe('over IPv6');
  });

  it('gets the session token of temporary credentials, in links too', async () => {
    const fake = await refusing(403, 'AccessDenied');
    const store = storeAt(fake.endpoint, { sessionToken: 'a-session-token' });
    await store.put('any', 'thing').catch(() => undefined);
    const tokens = fake.requests.map(({ headers }) => headers['x-amz-security-token']);
    expect(new Set(tokens)).toEqual(new Set(['a-session-token']));
    const link = new URL(await store.presignedGet('any', 60));
    expect(link.searchParams.get('X-Amz-Security-Token')).toBe('a-session-token');
  });
});

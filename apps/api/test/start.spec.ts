/** Unsuitable environments, as the API reports them at start-up and in its readiness. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { networkInterfaces } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { Conflict, InvalidInput, messageOf, SweepList, routes, urlOf } from '@honyaku/contracts';
import { UnreliableProxy } from '@honyaku/embedded/unreliable-proxy';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type RunningApi, startApi } from '../src/application.ts';
import { ApiPlatform, corpusQuery, digest, json, pairs, silent, tsv } from './api-platform.ts';

let platform: ApiPlatform;
let redis: Redis;
const open: { stop: () => unknown }[] = [];
beforeAll(async () => {
  platform = await ApiPlatform.open();
  redis = new Redis(platform.redis.url);
});
afterEach(async () => {
  for (const each of open.splice(0)) await each.stop();
});
afterAll(async () => {
  redis.disconnect();
  await platform.close();
});

const started = async (settings: Record<string, string>): Promise<RunningApi> => {
  const api = await platform.start(settings);
  open.push({ stop: () => api.close() });
  return api;
};
const failureOf = (settings: Record<string, string>, waitMilliseconds = 700) =>
  startApi(platform.environment(settings), silent, { waitMilliseconds }).then(
    async (api) => {
      await api.close();
      return new Error('it started');
    },
    (error: unknown) => error,
  );

describe('an API that cannot use its bucket', () => {
  it('reports the true reason, even if little time is left for the last attempt', async () => {
    // A fake store, because SeaweedFS has no policy that allows everything but listing.
    const fake = createServer((request, response) => {
      void delay(300).then(() => {
        const body = '<?xml version="1.0"?><Error><Code>AccessDenied</Code><Message>no</Message></Error>';
        response.writeHead(403, { 'content-type': 'application/xml' });
        response.end(request.method === 'HEAD' ? undefined : body);
      });
    }).listen(0, '127.0.0.1');
    open.push({ stop: () => fake.close() });
    await once(fake, 'listening');
    const address = fake.address();
    const endpoint = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
    const failure = messageOf(await failureOf({ HONYAKU_S3_ENDPOINT: endpoint }));
    expect(failure).toMatch(
      /the object store cannot be used, tried for 0\.7 s: .*AccessDenied.*s3:ListBucket/,
    );
  });

  it('reports wrong credentials', async () => {
    const failure = messageOf(await failureOf({ AWS_SECRET_ACCESS_KEY: 'another-secret' }));
    expect(failure).toContain('SignatureDoesNotMatch');
    expect(failure).not.toContain('another-secret');
  });

  it('refuses a store that overwrites despite If-None-Match, without waiting', async () => {
    const proxy = new UnreliableProxy(async (request) => {
      const [, key] = /^PUT \/honyaku\/(\S+)$/.exec(request) ?? [];
      if (key !== undefined) await platform.objects.remove([key]);
      return undefined;
    });
    open.push(proxy);
    const endpoint = await proxy.start(platform.bucket.endpoint);
    const failure = await failureOf({ HONYAKU_S3_ENDPOINT: endpoint }, 60_000);
    expect(failure).toBeInstanceOf(InvalidInput);
    expect(messageOf(failure)).toContain('If-None-Match');
  });
});

describe('two installations on one Redis', () => {
  it('are refused with the same prefix, and do not see each other with different ones', async () => {
    const another = { HONYAKU_S3_BUCKET: 'another' };
    const failure = await failureOf(another, 60_000);
    expect(failure).toBeInstanceOf(Conflict);
    expect(messageOf(failure)).toMatch(/belongs to bucket honyaku .* HONYAKU_REDIS_PREFIX/);

    const other = await started({ ...another, HONYAKU_REDIS_PREFIX: 'other' });
    const corpus = `${other.url}${urlOf(routes.corpus, { digest })}?${corpusQuery}`;
    expect((await fetch(corpus, { method: 'PUT', body: pairs, headers: tsv })).ok).toBe(true);
    const body = JSON.stringify({ name: 'apart', corpus: { digest }, epochs: 1 });
    expect(
      (await fetch(`${other.url}${routes.sweeps.path}`, { method: 'POST', headers: json, body })).ok,
    ).toBe(true);
    expect((await platform.call(SweepList, 'GET', routes.sweeps.path)).sweeps).toEqual([]);
    const [mine, theirs] = await Promise.all(['honyaku*', 'other*'].map((keys) => redis.keys(keys)));
    expect(mine?.filter((key) => key.includes('apart'))).toEqual([]);
    expect(theirs?.some((key) => /^other:sweep:apart-/.test(key))).toBe(true);
    expect(theirs?.some((key) => key.startsWith('other-queue:preprocess:'))).toBe(true);
  });
});

describe('an API', () => {
  it('is not ready while its Redis may evict keys, and reports why', async () => {
    await redis.config('SET', 'maxmemory-policy', 'volatile-lru');
    try {
      const { status, message } = await platform.refusal('GET', routes.ready.path);
      expect(status).toBe(503);
      expect(message).toContain('maxmemory-policy volatile-lru');
      // The response also says when to retry.
      const { headers } = await platform.request('GET', routes.ready.path);
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    } finally {
      await redis.config('SET', 'maxmemory-policy', 'noeviction');
    }
    expect((await platform.request('GET', routes.ready.path)).status).toBe(200);
  });

  const hasIpv6 = networkInterfaces()['lo']?.some(({ address }) => address === '::1') ?? false;

  it.runIf(hasIpv6)('listens at an IPv6 address', async () => {
    const api = await started({ HONYAKU_HOST: '[::1]' });
    expect(api.url).toMatch(/^http:\/\/\[::1\]:\d+$/);
    expect((await fetch(`${api.url}${routes.ready.path}`)).status).toBe(200);
  });
});

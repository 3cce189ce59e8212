import { InvalidInput, Unavailable, docsPath, openApiPath, routes } from '@honyaku/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { startApi } from '../src/application.ts';
import { EventReader } from './event-reader.ts';
import { ApiPlatform, improving, silent } from './api-platform.ts';

let platform: ApiPlatform;
beforeAll(async () => {
  platform = await ApiPlatform.open();
});
afterAll(() => platform?.close());

describe('live events', () => {
  it('begin with the current state, continue with progress and changes, and resume after the last received event', async () => {
    const sweep = await platform.submit({ name: 'live', epochs: 1 });
    const url = `${platform.api.url}${routes.events.path}?sweep=${sweep.id}`;
    const events = await EventReader.open(url);
    expect(await events.until(() => true)).toMatchObject({ type: 'sweep', sweep: { id: sweep.id } });
    await platform.withTrainer({ perplexity: improving }, async () => {
      const progress = await events.until((event) => event.type === 'progress');
      expect(progress).toMatchObject({ progress: { trialId: `${sweep.id}-0001`, steps: 2 } });
      const middle = events.lastId;
      await events.until((event) => event.type === 'sweep' && event.sweep.state === 'completed');
      expect(Number(events.lastId)).toBeGreaterThan(Number(middle));
      events.close();

      const resumed = await EventReader.open(url, middle);
      await resumed.until((event) => event.type === 'sweep' && event.sweep.state === 'completed');
      expect(resumed.ids[0]).toBeGreaterThan(Number(middle));
      resumed.close();
    });
  });
});

describe('the API', () => {
  it('is live and ready, and lists every path in its OpenAPI document', async () => {
    expect((await platform.request('GET', routes.live.path)).status).toBe(200);
    expect((await platform.request('GET', routes.ready.path)).status).toBe(200);
    const Document = z.object({
      paths: z.record(z.string(), z.unknown()),
      components: z.object({ schemas: z.record(z.string(), z.unknown()) }),
    });
    const document = await platform.call(Document, 'GET', openApiPath);
    const expected = new Set(Object.values(routes).map(({ path }) => path.replaceAll(/:(\w+)/g, '{$1}')));
    expect(Object.keys(document.paths).toSorted()).toEqual([...expected].toSorted());
    expect(Object.keys(document.components.schemas)).toEqual(
      expect.arrayContaining(['SweepSpec', 'TrialView', 'ErrorBody']),
    );
    expect(await (await platform.request('GET', docsPath)).text()).toContain('swagger-ui-bundle.js');
    expect((await platform.request('GET', `${docsPath}/swagger-ui.css`)).status).toBe(200);
  });

  it('requires the token if one is set, but not for probes', async () => {
    const token = 'a-token-of-many-letters';
    const closed = await platform.start({ HONYAKU_API_TOKEN: token });
    const status = async (path: string, authorization?: string) =>
      (await fetch(`${closed.url}${path}`, authorization ? { headers: { authorization } } : {})).status;
    expect(await status(routes.sweeps.path)).toBe(401);
    expect(await status(routes.sweeps.path, 'Bearer wrong')).toBe(401);
    expect(await status(openApiPath)).toBe(401);
    expect(await status(routes.sweeps.path, `Bearer ${token}`)).toBe(200);
    expect(await status(routes.live.path)).toBe(200);
    await closed.close();
  });

  it('does not start if other machines could reach it without a token', async () => {
    await expect(platform.start({ HONYAKU_HOST: '0.0.0.0' })).rejects.toThrow(InvalidInput);
  });

  it('reports that the port is in use', async () => {
    const port = new URL(platform.api.url).port;
    await expect(platform.start({ HONYAKU_API_PORT: port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });

  it('reports which service did not answer at start-up', async () => {
    const absent = { ...platform.environment(), HONYAKU_REDIS_URL: 'redis://127.0.0.1:1' };
    const attempt = startApi(absent, silent, { waitMilliseconds: 500 });
    await expect(attempt).rejects.toThrow(Unavailable);
    await expect(attempt).rejects.toThrow(
      /Redis cannot be used, tried for 0\.5 s: Redis does not answer at 127\.0\.0\.1:1: .*ECONNREFUSED/,
    );
  });
});

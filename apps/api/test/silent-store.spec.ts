/** An object store that accepts connections and does not answer, as a frozen process or a cut network leaves it. */
import { type SweepView, routes, urlOf } from '@honyaku/contracts';
import { UnreliableProxy } from '@honyaku/embedded/unreliable-proxy';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningApi } from '../src/application.ts';
import { ApiPlatform, digest, improving, json } from './api-platform.ts';

let platform: ApiPlatform;
let sweep: SweepView;
let silent = false;
const proxy = new UnreliableProxy(() => (silent ? 'silence' : undefined));
/** The API whose object store can be made silent. */
let api: RunningApi;

beforeAll(async () => {
  platform = await ApiPlatform.open();
  await platform.withTrainer({ perplexity: improving }, async () => {
    sweep = await platform.ended((await platform.submit({ name: 'ended', epochs: 1 })).id);
  });
  api = await platform.start({ HONYAKU_S3_ENDPOINT: await proxy.start(platform.bucket.endpoint) });
});
afterAll(async () => {
  silent = false;
  await api?.close();
  await platform?.close();
  proxy.stop();
});

describe('an object store that is silent', () => {
  it('is named in the answer, and takes nothing away that Redis has', async () => {
    silent = true;
    const { id } = sweep;
    const answer = async (method: string, path: string, body?: object) => {
      const sent = body === undefined ? {} : { body: JSON.stringify(body), headers: json };
      const response = await fetch(`${api.url}${path}`, { method, ...sent });
      const text = await response.text();
      return { status: response.status, text };
    };
    const spec = { name: 'new', corpus: { digest }, epochs: 1 };
    const refused = [
      answer('GET', urlOf(routes.dataset, { id })),
      answer('GET', urlOf(routes.best, { id })),
      answer('GET', urlOf(routes.log, { id })),
      answer('POST', routes.sweeps.path, spec),
      answer('POST', urlOf(routes.translate, { id }), { sentences: ['犬'] }),
    ];
    expect(await answer('GET', routes.sweeps.path)).toMatchObject({ status: 200 });
    expect(await answer('GET', urlOf(routes.sweep, { id }))).toMatchObject({ status: 200 });
    expect(await answer('GET', urlOf(routes.sweepTrials, { id }))).toMatchObject({ status: 200 });
    for (const { status, text } of await Promise.all(refused)) {
      expect([status, text]).toEqual([503, expect.stringContaining('the object store at')]);
    }
  });
});

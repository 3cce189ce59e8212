import { Readable } from 'node:stream';
import {
  CorpusRecord,
  InvalidInput,
  NotFound,
  SweepView,
  TrialList,
  Unavailable,
  routes,
  toJson,
} from '@honyaku/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { exampleSweep, exampleTrials, sweepId } from '../test/example-sweep.ts';
import { FakeApi } from '../test/fake-api.ts';
import { ApiClient } from './client.ts';

let api: FakeApi;
beforeEach(async () => {
  api = await FakeApi.start();
});
afterEach(() => api.close());

describe('ApiClient', () => {
  it('gives perplexities that are no finite numbers as they are', async () => {
    api.onJson(`GET /v1/sweeps/${sweepId}/trials`, toJson(TrialList, { trials: exampleTrials }));
    const { trials } = await new ApiClient({ url: api.url }).call(routes.sweepTrials, { id: sweepId });
    expect(trials[1]?.epochs[0]?.train.perplexity).toBeNaN();
    expect(trials[1]?.epochs[0]?.heldOut.perplexity).toBe(Infinity);
  });

  it('sends its token', async () => {
    api.onJson(`GET /v1/sweeps/${sweepId}`, toJson(SweepView, exampleSweep('running')));
    await new ApiClient({ url: api.url, token: 'a-token-of-some-length' }).call(routes.sweep, {
      id: sweepId,
    });
    expect(api.requests[0]?.headers.authorization).toBe('Bearer a-token-of-some-length');
  });

  it('throws what the API refused, by its kind', async () => {
    const client = new ApiClient({ url: api.url });
    await expect(client.call(routes.sweep, { id: 'absent' })).rejects.toThrow(NotFound);
    api.onJson('POST /v1/sweeps', '{"error":"InvalidInput","message":"sweep: trials: too many"}', 400);
    await expect(client.submit('trials: 1e9')).rejects.toThrow(new InvalidInput('sweep: trials: too many'));
  });

  it('says how to start an API when none answers', async () => {
    const gone = await FakeApi.start();
    const { url } = gone;
    await gone.close();
    const attempt = new ApiClient({ url }).call(routes.sweeps, {});
    await expect(attempt).rejects.toThrow(Unavailable);
    await expect(attempt).rejects.toThrow(/honyaku up/);
  });

  it('reads again, once, when the connection is closed before the answer, and never writes again', async () => {
    const client = new ApiClient({ url: api.url });
    let closings = 1;
    api.on('GET /v1/sweeps', (request, response) => {
      if (closings === 0)
        response.writeHead(200, { 'content-type': 'application/json' }).end('{"sweeps":[]}');
      else request.socket.destroy();
      closings -= 1;
    });
    api.on('POST /v1/sweeps', (request) => void request.socket.destroy());
    expect(await client.call(routes.sweeps, {})).toEqual({ sweeps: [] });
    closings = 2;
    await expect(client.call(routes.sweeps, {})).rejects.toThrow(Unavailable);
    await expect(client.submit('name: one')).rejects.toThrow(Unavailable);
    expect(api.requests.map(({ method }) => method)).toEqual(['GET', 'GET', 'GET', 'GET', 'POST']);
  });

  it('streams a corpus up with what is known of it', async () => {
    const digest = 'b'.repeat(64);
    const about = { name: 'tiny', licence: 'CC0 & free', sourceLanguage: 'ja', targetLanguage: 'en' };
    const record = { ...about, digest, file: 'x/pairs.tsv', bytes: 6, pairs: 1 };
    api.onJson(`PUT /v1/corpora/${digest}`, toJson(CorpusRecord, record));
    const client = new ApiClient({ url: api.url });
    expect(await client.find(routes.corpus, { digest })).toBeUndefined();
    expect(await client.uploadCorpus(digest, about, Readable.toWeb(Readable.from(['a\t', 'b\n'])))).toEqual(
      record,
    );
    const sent = api.requests.at(-1);
    expect(sent?.body).toBe('a\tb\n');
    expect(Object.fromEntries(new URL(sent?.url ?? '', api.url).searchParams)).toEqual(about);
  });
});

/** A real API process, asked for what takes long: its event loop goes on. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ErrorBody, routes, urlOf } from '@honyaku/contracts';
import { until } from '@honyaku/embedded';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type StormRequest, nastyRequests } from './nasty-requests.ts';
import { StormPlatform } from './platform.ts';

/** CPU milliseconds for which one turn of the event loop may have the thread. */
const longestPause = 100;

const folder = mkdtempSync(join(tmpdir(), 'honyaku-storm-'));
let platform: StormPlatform;
let requests: readonly StormRequest[];

beforeAll(async () => {
  const size = { workers: 4, secondsAnEpoch: 2 };
  platform = await StormPlatform.start(folder, size);
  const sweep = await platform.submit({ name: 'running', trials: 4, concurrency: 4, epochs: 1_000 });
  const untrained = await platform.untrained();
  requests = nastyRequests({ corpus: platform.corpus, sweep, untrained });
});
afterAll(async () => {
  await platform?.stop();
  rmSync(folder, { recursive: true, force: true });
});

function send({ method, path, type, body }: StormRequest): Promise<Response> {
  return fetch(`${platform.url}${path}`, {
    method,
    ...(type === undefined ? {} : { headers: { 'content-type': type } }),
    ...(body === undefined ? {} : { body }),
    signal: AbortSignal.timeout(120_000),
  });
}

describe('the API', () => {
  it('answers everybody else while it is asked for what takes long, and refuses that in words', async () => {
    const pauses: { name: string; cpuMilliseconds: number }[] = [];
    for (const request of requests) {
      const answer = await send(request);
      const text = await answer.text();
      expect(answer.status, `${request.name}: ${text.slice(0, 300)}`).toBeLessThan(500);
      if (answer.status >= 400) {
        expect(text.length, request.name).toBeLessThan(30_000);
        ErrorBody.parse(JSON.parse(text));
      }
      const { cpuMilliseconds } = await platform.watch.longest();
      pauses.push({ name: request.name, cpuMilliseconds });
    }
    expect(pauses.filter(({ cpuMilliseconds }) => cpuMilliseconds > longestPause)).toEqual([]);
  }, 900_000);

  it('answers everybody else while a thousand trials begin at once, are listed, changed and cancelled', async () => {
    const spec = { name: 'wide', sampler: 'tpe', trials: 1_500, concurrency: 1_000, epochs: 100 };
    const parameters = {
      dropout: { type: 'float', low: 0, high: 0.5 },
      learningRate: { type: 'float', low: 1e-4, high: 1e-2, log: true },
    };
    const post = (path: string, body: object): StormRequest => ({
      name: path,
      method: 'POST',
      path,
      type: 'application/json',
      body: JSON.stringify(body),
    });
    await platform.watch.longest();
    const id = await platform.submit({ ...spec, parameters });
    await until({ what: `a thousand trials of ${id}`, seconds: 120 }, async () =>
      (await platform.client.call(routes.sweep, { id })).trials.running === 1_000 ? true : undefined,
    );
    const pauses = [{ name: 'begin', ...(await platform.watch.longest()) }];
    const changes: StormRequest[] = [
      { name: 'trials', method: 'GET', path: urlOf(routes.sweepTrials, { id }) },
      { name: 'sweeps', method: 'GET', path: routes.sweeps.path },
      { name: 'metrics', method: 'GET', path: routes.metrics.path },
      post(urlOf(routes.extend, { id }), { epochs: 200 }),
      { name: 'pause', method: 'POST', path: urlOf(routes.pause, { id }) },
      { name: 'resume', method: 'POST', path: urlOf(routes.resume, { id }) },
      { name: 'cancel', method: 'POST', path: urlOf(routes.cancel, { id }) },
    ];
    for (const change of changes) {
      const answer = await send(change);
      expect(answer.status, `${change.name}: ${(await answer.text()).slice(0, 300)}`).toBe(200);
      pauses.push({ name: change.name, ...(await platform.watch.longest()) });
    }
    expect(pauses.filter(({ cpuMilliseconds }) => cpuMilliseconds > longestPause)).toEqual([]);
  }, 900_000);

  it('ends at SIGTERM though it is busy with all of them at once', async () => {
    const answers = requests.map((request) => send(request).catch(() => undefined));
    await fetch(`${platform.url}${routes.live.path}`);
    const started = Date.now();
    expect(await platform.terminate(60)).not.toBeNull();
    expect(Date.now() - started).toBeLessThan(30_000);
    await Promise.all(answers);
  }, 120_000);
});

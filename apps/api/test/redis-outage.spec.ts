/** Requests that change something while Redis is away, or goes away once the change is in the bucket. */
import { SweepView, advanceJob, queuePrefix, routes, urlOf } from '@honyaku/contracts';
import { UnreliableProxy } from '@honyaku/embedded/unreliable-proxy';
import { keys } from '@honyaku/storage';
import { Queue } from 'bullmq';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { ApiPlatform, digest, improving, json } from './api-platform.ts';

const wait = { timeout: 240_000, interval: 50 };
const proxy = new UnreliableProxy();
let platform: ApiPlatform;
let queue: Queue;
let ended: SweepView;
let isAway = false;
beforeAll(async () => {
  platform = await ApiPlatform.open();
  await platform.withTrainer({ perplexity: improving }, async () => {
    // It also makes the dataset of all others.
    ended = await platform.ended((await platform.submit(specOf('ended'))).id);
  });
  queue = new Queue('control', {
    connection: { url: platform.redis.url, maxRetriesPerRequest: null },
    prefix: queuePrefix,
  });
  queue.on('error', () => undefined);
  await platform.api.close();
  platform.api = await platform.start({ HONYAKU_S3_ENDPOINT: await proxy.start(platform.bucket.endpoint) });
});
afterEach(async () => {
  if (isAway) await comesBack();
});
afterAll(async () => {
  await queue?.close();
  await platform?.close();
  proxy.stop();
});

async function goesAway(): Promise<void> {
  isAway = true;
  await platform.stopRedis();
}

async function comesBack(): Promise<void> {
  await platform.startRedis();
  isAway = false;
}

/** Sends a request, and ends Redis when the request has come to the object with this key. */
async function whileItIsStored(key: RegExp, send: () => Promise<Response>): Promise<Response> {
  const held = proxy.holdNext((request) => request.startsWith('PUT ') && key.test(request));
  const answer = send();
  await Promise.race([held.arrived, answer]);
  await goesAway();
  await held.release();
  return answer;
}

const post = (path: string, body?: object) =>
  body === undefined
    ? platform.request('POST', path)
    : platform.request('POST', path, JSON.stringify(body), json);
const shown = (id: string) => platform.call(SweepView, 'GET', urlOf(routes.sweep, { id }));
const specOf = (name: string) => ({
  name,
  corpus: { digest },
  dataset: { split: 'random' },
  epochs: 2,
  trials: 1,
});

/** All keys of sweeps with which something was recorded. */
async function recorded(): Promise<string[]> {
  const found: string[] = [];
  for await (const { key } of platform.objects.list('sweeps/'))
    if (key.endsWith('/sweep.json') || key.includes('/log/')) found.push(key);
  return found;
}

/** A running sweep whose first epochs wait for a worker. */
async function waiting(name: string, trials = 1): Promise<string> {
  const { id } = await platform.submit({ ...specOf(name), trials, concurrency: 4 });
  await vi.waitUntil(async () => (await missingFlows(id, trials)) === 0, wait);
  return id;
}

async function missingFlows(id: string, trials: number): Promise<number> {
  const flows = Array.from({ length: trials }, (_, index) =>
    advanceJob.id({ trialId: `${id}-000${index + 1}`, epoch: 1 }),
  );
  const jobs = await Promise.all(flows.map((flow) => queue.getJob(flow)));
  return jobs.filter((job) => job === undefined).length;
}

const oneMore = { trials: [{ hyperparameters: { dropout: 0.5 } }] };

it('refuses what changes something while Redis is away, and records nothing of it', async () => {
  const id = await waiting('refused');
  const before = await recorded();
  await goesAway();
  const refused = await Promise.all([
    post(routes.submit.path, specOf('new')),
    post(urlOf(routes.pause, { id })),
    post(urlOf(routes.resume, { id })),
    post(urlOf(routes.retryFailed, { id })),
    post(urlOf(routes.extend, { id }), { trials: 2 }),
    post(urlOf(routes.addTrials, { id }), oneMore),
    platform.request('PUT', urlOf(routes.pin, { id: `${ended.id}-0001`, epoch: 2 })),
    post(`${urlOf(routes.cancel, { id })}?now=true`),
    post(routes.beginReindex.path),
  ]);
  for (const answer of refused)
    expect([answer.status, await answer.text()]).toEqual([503, expect.stringContaining('Redis')]);
  expect(await recorded()).toEqual(before);
});

it('accepts a sweep that was recorded when Redis went away, and begins it', async () => {
  const answer = await whileItIsStored(/\/sweeps\/lost-[^/]*\/sweep\.json/, () =>
    post(routes.submit.path, specOf('lost')),
  );
  expect(answer.status).toBe(201);
  const { id, state } = SweepView.parse(await answer.json());
  expect(state).toBe('preparing');
  expect(await platform.objects.getText(keys.sweepYaml(id))).toContain('name: lost');
  await comesBack();
  await vi.waitUntil(async () => (await missingFlows(id, 1)) === 0, wait);
  expect(await shown(id)).toMatchObject({ state: 'running' });
});

it('accepts a trial by hand that was recorded when Redis went away, and adds its jobs', async () => {
  const id = await waiting('more');
  const answer = await whileItIsStored(new RegExp(`/${id}/log/`), () =>
    post(urlOf(routes.addTrials, { id }), oneMore),
  );
  expect(answer.status).toBe(200);
  expect(SweepView.parse(await answer.json())).toMatchObject({ trials: { planned: 2 } });
  await comesBack();
  await vi.waitUntil(async () => (await missingFlows(id, 2)) === 0, wait);
  expect(await shown(id)).toMatchObject({ trials: { planned: 2 } });
});

it.each([
  ['pause', 'paused'],
  ['cancel', 'cancelled'],
] as const)(
  'accepts a %s that was recorded when Redis went away, and removes the waiting jobs',
  async (action, state) => {
    const id = await waiting(state, 3);
    const answer = await whileItIsStored(new RegExp(`/${id}/log/`), () =>
      post(urlOf(routes[action], { id })),
    );
    expect(answer.status).toBe(200);
    expect(SweepView.parse(await answer.json())).toMatchObject({ state });
    await comesBack();
    await vi.waitUntil(async () => (await missingFlows(id, 3)) === 3, wait);
    expect(await shown(id)).toMatchObject({ state });
  },
);

it('names what it could not do when a sweep was to be cancelled now, and does it when it is asked again', async () => {
  const id = await waiting('now');
  const path = `${urlOf(routes.cancel, { id })}?now=true`;
  const answer = await whileItIsStored(new RegExp(`/${id}/log/`), () => post(path));
  expect([answer.status, await answer.text()]).toEqual([
    503,
    expect.stringContaining(`sweep ${id} is cancelled, but its workers could not be notified to stop now`),
  ]);
  await comesBack();
  const again = await post(path);
  expect([again.status, await again.json()]).toEqual([200, expect.objectContaining({ state: 'cancelled' })]);
});

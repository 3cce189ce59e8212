/** Answers whose size depends on stored sweeps: they are paged, sliced, or computed in the background. */
import {
  ReindexState,
  SweepList,
  SweepLogEntry,
  SweepLogList,
  SweepView,
  TrialView,
  defaultHyperparameters,
  toJson,
  trialIdOf,
  routes,
  urlOf,
} from '@honyaku/contracts';
import { exampleTrial } from '@honyaku/contracts/examples';
import { keys } from '@honyaku/storage';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EventReader } from './event-reader.ts';
import { ApiPlatform, improving, json } from './api-platform.ts';

const trials = 3_000;

let platform: ApiPlatform;
beforeAll(async () => {
  platform = await ApiPlatform.open();
});
afterAll(() => platform?.close());

describe('the log of a sweep', () => {
  it('is paged, each page naming the next one, and is a single page when it is short', async () => {
    await platform.withTrainer({ perplexity: improving }, async () => {
      const { id } = await platform.submit({ name: 'paged', trials: 2, epochs: 3 });
      await platform.ended(id);
      const log = (query = '') => platform.call(SweepLogList, 'GET', `${urlOf(routes.log, { id })}${query}`);
      const whole = await log();
      expect(whole.next).toBeUndefined();
      expect(whole.entries.length).toBeGreaterThan(3);
      const paged = [];
      for (let after = 0; ;) {
        const { entries, next } = await log(`?limit=2&after=${after}`);
        expect(entries.length).toBeLessThanOrEqual(2);
        paged.push(...entries);
        if (next === undefined) break;
        after = next;
      }
      expect(paged).toEqual(whole.entries);
      expect(await log(`?after=${whole.entries.length}`)).toEqual({ entries: [] });
      expect(await platform.refusal('GET', `${urlOf(routes.log, { id })}?limit=1001`)).toMatchObject({
        status: 400,
        message: expect.stringMatching(/limit.*1000/),
      });
      for (const odd of ['', '0.0', '1e2', '0x10', '%201', '2&limit=2'])
        expect(await platform.refusal('GET', `${urlOf(routes.log, { id })}?limit=${odd}`)).toMatchObject({
          status: 400,
        });
    });
  });
});

describe('live events', () => {
  it('begin with all trials of a requested sweep, or else with the running trials of all sweeps', async () => {
    // No worker builds the dataset, so that the sweep does not begin and write trials of its own.
    const { id } = await platform.submit({ name: 'large', dataset: { seed: 3_000 } });
    const redis = new Redis(platform.redis.url);
    const fields = Array.from({ length: trials }, (_, index) => {
      const number = index + 1;
      const state = number % 1_000 === 0 ? 'running' : 'completed';
      return [`trial:${trialIdOf(id, number)}`, toJson(TrialView, exampleTrial(id, number, [9], { state }))];
    });
    await redis.hset(`honyaku:sweep:${id}`, ...fields.flat());
    redis.disconnect();
    const seen = async (query: string) => {
      const events = await EventReader.open(`${platform.api.url}${routes.events.path}${query}`);
      const numbers: number[] = [];
      await events.until((event) => {
        if (event.type === 'trial' && event.trial.sweepId === id) numbers.push(event.trial.number);
        return events.ids.length > 0;
      });
      events.close();
      return numbers;
    };
    expect(await seen(`?sweep=${id}`)).toHaveLength(trials);
    expect(await seen('')).toEqual([1_000, 2_000, 3_000]);
    await platform.call(SweepView, 'POST', urlOf(routes.cancel, { id }));
  });
});

describe('trials by hand', () => {
  it('are limited to a thousand per sweep, even if concurrent requests add them', async () => {
    await platform.withTrainer({ perplexity: improving }, async () => {
      const { id } = await platform.submit({ name: 'by-hand', trials: 1, epochs: 1 });
      await platform.ended(id);
      const trials = Array.from({ length: 400 }, (_, seed) => ({
        hyperparameters: defaultHyperparameters,
        seed,
      }));
      const body = JSON.stringify({ trials });
      const answers = await Promise.all(
        [1, 2, 3, 4].map(() => platform.request('POST', urlOf(routes.sweepTrials, { id }), body, json)),
      );
      expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 200, 409, 409]);
      const refused = answers.find(({ status }) => status === 409);
      expect(await refused?.json()).toMatchObject({
        message: expect.stringContaining('has 800 trials by hand of at most 1000'),
      });
      await platform.call(SweepView, 'POST', urlOf(routes.cancel, { id }));
      expect(await platform.trials(id)).toHaveLength(801);
      const { sweeps } = await platform.call(SweepList, 'GET', routes.sweeps.path);
      expect(sweeps.find((each) => each.id === id)?.trials).toMatchObject({ planned: 801 });

      const log = urlOf(routes.log, { id });
      const { entries } = await platform.call(SweepLogList, 'GET', log);
      const added = entries.filter(({ events }) => events.some(({ type }) => type === 'trials-added'));
      expect(added.flatMap(({ events }) => events)).toMatchObject([{ trials }, { trials }]);
      const key = keys.logEntry(id, added[0]?.sequence ?? 0);
      const elsewhere = { ...added[0], sweepId: 'other-0000000000000000' };
      await platform.objects.put(key, JSON.stringify(elsewhere));
      expect(await platform.refusal('GET', log)).toMatchObject({
        status: 500,
        message: expect.stringMatching(new RegExp(`${key} is entry \\d+ of other-0`)),
      });
      await platform.objects.put(key, toJson(SweepLogEntry, SweepLogEntry.parse(added[0])));
    });
  });
});

describe('a reindex', () => {
  it('is answered at once, and reports its progress and then its result', async () => {
    const answer = await platform.request('POST', routes.reindexState.path);
    expect(answer.status).toBe(202);
    expect(ReindexState.parse(await answer.json())).toMatchObject({ state: 'running' });
    const other = await platform.start();
    await expect
      .poll(async () =>
        ReindexState.parse(await (await fetch(`${other.url}${routes.reindexState.path}`)).json()),
      )
      .toMatchObject({
        state: 'done',
        seen: 3,
        result: { sweeps: [expect.any(String), expect.any(String), expect.any(String)] },
      });
    await other.close();
  });
});

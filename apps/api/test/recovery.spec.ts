/** Requests that change a running sweep, and its recovery when Redis loses its data or a process dies. */
import {
  NotedSweep,
  SweepLogList,
  SweepView,
  advanceJob,
  evaluateJob,
  queuePrefix,
  routes,
  trainEpochJob,
  urlOf,
} from '@honyaku/contracts';
import { replay } from '@honyaku/sweep-engine';
import { Queue, UnrecoverableError } from 'bullmq';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Script } from '@honyaku/local-stack/fake-trainer';
import { Gate, ApiPlatform, digest, improving, json } from './api-platform.ts';

let platform: ApiPlatform;
beforeAll(async () => {
  platform = await ApiPlatform.open();
});
afterAll(() => platform?.close());

const ask = (path: string, body?: object) =>
  body === undefined
    ? platform.call(SweepView, 'POST', path)
    : platform.call(SweepView, 'POST', path, JSON.stringify(body), json);

/** Holds the trainer at epoch 2 until the gate is opened. */
function heldAtSecondEpoch() {
  const reached = new Gate();
  const released = new Gate();
  const beforeCommit: Script['beforeCommit'] = async ({ epoch }) => {
    if (epoch !== 2) return;
    reached.open();
    await released.opened;
  };
  return { reached, released, beforeCommit };
}

/** Decides on every event of the log again, with sampler and pruner, and compares the decisions. */
async function replays(sweep: SweepView): Promise<void> {
  const { entries } = await platform.call(SweepLogList, 'GET', urlOf(routes.log, { id: sweep.id }));
  const { state, differing } = replay(sweep, entries);
  expect(differing).toEqual([]);
  expect(state.trials).toEqual(await platform.trials(sweep.id));
}

describe('a sweep', () => {
  it('is restored from the bucket when Redis has lost everything, and continues', async () => {
    const { reached, released, beforeCommit } = heldAtSecondEpoch();
    const ended = await platform.submit({ name: 'before', epochs: 1 });
    let unfinished: SweepView | undefined;
    await platform.withTrainer({ perplexity: improving, beforeCommit }, async () => {
      await platform.ended(ended.id);
      unfinished = await platform.submit({ name: 'wiped', epochs: 3, trials: 2 });
      await reached.opened;
      await platform.api.close();
      const redis = new Redis(platform.redis.url);
      await redis.flushall();
      redis.disconnect();
      released.open();
    });
    platform.api = await platform.start();
    const shown = await platform.call(SweepView, 'GET', urlOf(routes.sweep, { id: ended.id }));
    expect(shown).toMatchObject({ state: 'completed', epochsDone: 1, best: { epoch: 1 } });
    await platform.withTrainer({ perplexity: improving }, async () => {
      const last = await platform.ended(unfinished?.id ?? '');
      expect(last).toMatchObject({ state: 'completed', epochsDone: 6, trials: { completed: 2 } });
      await replays(last);
    });
    const { sweeps } = await platform.reindex();
    expect(sweeps).toEqual(expect.arrayContaining([ended.id, unfinished?.id]));
  });

  it('is restored within a minute when Redis is emptied without a disconnection, and continues', async () => {
    const { reached, released, beforeCommit } = heldAtSecondEpoch();
    await platform.withTrainer({ perplexity: improving, beforeCommit }, async () => {
      const { id } = await platform.submit({ name: 'emptied', epochs: 3, trials: 2 });
      await reached.opened;
      const redis = new Redis(platform.redis.url);
      await redis.flushall();
      redis.disconnect();
      released.open();
      const shown = async () => (await platform.request('GET', urlOf(routes.sweep, { id }))).status;
      await expect.poll(shown, { interval: 1_000, timeout: 240_000 }).toBe(200);
      const last = await platform.ended(id);
      expect(last).toMatchObject({ state: 'completed', epochsDone: 6, trials: { completed: 2 } });
      await replays(last);
    });
  });

  it('is paused at the end of its running epochs, and continues when it is resumed', async () => {
    const { reached, released, beforeCommit } = heldAtSecondEpoch();
    await platform.withTrainer({ perplexity: improving, beforeCommit }, async (trainer) => {
      const sweep = await platform.submit({ name: 'paused', epochs: 3, trials: 2 });
      await reached.opened;
      expect(await ask(urlOf(routes.pause, { id: sweep.id }))).toMatchObject({ state: 'paused' });
      released.open();
      const epochs = async () =>
        (await platform.call(SweepView, 'GET', urlOf(routes.sweep, { id: sweep.id }))).epochsDone;
      await expect.poll(epochs).toBe(2);
      expect(trainer.trained).toHaveLength(2);
      expect(await ask(urlOf(routes.resume, { id: sweep.id }))).toMatchObject({ state: 'running' });
      expect(await platform.ended(sweep.id)).toMatchObject({ state: 'completed', epochsDone: 6 });
      expect(await platform.refusal('POST', urlOf(routes.pause, { id: sweep.id }))).toMatchObject({
        status: 409,
      });
      expect(await platform.refusal('POST', urlOf(routes.resume, { id: sweep.id }))).toMatchObject({
        status: 409,
      });
    });
  });

  it('goes on when it is retried so late that only the failed jobs of the workers are still there', async () => {
    let broken = true;
    const beforeCommit: Script['beforeCommit'] = () => {
      if (broken) throw new UnrecoverableError('the disk is full');
    };
    const options = { connection: { url: platform.redis.url }, prefix: queuePrefix };
    const control = new Queue('control', options);
    const trials = new Queue('trials', options);
    try {
      await platform.withTrainer({ perplexity: improving, beforeCommit }, async () => {
        const { id } = await platform.submit({ name: 'late', epochs: 1 });
        expect(await platform.ended(id)).toMatchObject({ state: 'failed' });
        const epoch = { trialId: `${id}-0001`, epoch: 1 };
        const advance = await control.getJob(advanceJob.id(epoch));
        await expect.poll(() => advance?.isCompleted()).toBe(true);
        await control.remove(advanceJob.id(epoch), { removeChildren: false });
        for (const job of [trainEpochJob, evaluateJob])
          expect(await (await trials.getJob(job.id(epoch)))?.isFailed()).toBe(true);
        broken = false;
        await ask(urlOf(routes.retryFailed, { id }));
        expect(await platform.ended(id)).toMatchObject({ state: 'completed', trials: { completed: 1 } });
      });
    } finally {
      await control.close();
      await trials.close();
    }
  });

  it('retries failed trials on request, and can be extended by trials and epochs', async () => {
    let broken = true;
    const beforeCommit: Script['beforeCommit'] = ({ trialId }) => {
      if (broken && trialId.endsWith('0002')) throw new Error('the disk is full');
    };
    await platform.withTrainer({ perplexity: improving, beforeCommit }, async () => {
      const sweep = await platform.submit({ name: 'again', epochs: 1, trials: 2 });
      expect(await platform.ended(sweep.id)).toMatchObject({ trials: { completed: 1, failed: 1 } });
      broken = false;
      await ask(urlOf(routes.retryFailed, { id: sweep.id }));
      expect(await platform.ended(sweep.id)).toMatchObject({ trials: { completed: 2, failed: 0 } });
      const path = urlOf(routes.retryFailed, { id: sweep.id });
      expect(await platform.call(NotedSweep, 'POST', path)).toMatchObject({
        state: 'completed',
        notes: ['nothing was retried: no trial has failed or was lost'],
      });
      await ask(urlOf(routes.extend, { id: sweep.id }), { trials: 3, epochs: 2 });
      const extended = await platform.ended(sweep.id);
      expect(extended).toMatchObject({ state: 'completed', epochsDone: 6, trials: { completed: 3 } });
      const [first] = await platform.trials(sweep.id);
      const { hyperparameters } = first?.config ?? {};
      await ask(urlOf(routes.sweepTrials, { id: sweep.id }), {
        trials: [{ hyperparameters: { ...hyperparameters, dropout: 0.5 }, seed: 9 }],
      });
      expect(await platform.ended(sweep.id)).toMatchObject({ trials: { planned: 4, completed: 4 } });
      expect((await platform.trials(sweep.id))[3]?.config).toMatchObject({
        seed: 9,
        hyperparameters: { dropout: 0.5 },
      });
      const fewer = await platform.refusal(
        'POST',
        urlOf(routes.extend, { id: sweep.id }),
        JSON.stringify({ trials: 1 }),
        json,
      );
      expect(fewer).toMatchObject({ status: 400, message: 'trials: 1 is less than the 3 of the sweep' });
    });
  });

  it.each(['stopping', 'promotion'])(
    'spends fewer epochs by ASHA (%s), and its log replays',
    async (mode) => {
      // The first trial is the best, so that all later ones are worse.
      const worse: Script['perplexity'] = ({ trialId, epoch }) => 10 * Number(trialId.slice(-4)) - epoch;
      await platform.withTrainer({ perplexity: worse }, async () => {
        const sweep = await platform.submit({
          name: mode,
          epochs: 9,
          trials: 9,
          concurrency: 3,
          pruner: { type: 'asha', mode },
        });
        const last = await platform.ended(sweep.id);
        expect(last.state).toBe('completed');
        expect(last.trials.completed + last.trials.pruned).toBe(9);
        expect(last.trials.pruned).toBeGreaterThan(0);
        expect(last.epochsDone).toBeLessThan(81);
        expect(last.best).toMatchObject({ trialId: `${sweep.id}-0001`, epoch: 9 });
        await replays(last);
      });
    },
  );

  it('continues weak trials from the checkpoints of strong ones with other settings (pbt), and its log replays', async () => {
    const copied: string[] = [];
    const worse: Script['perplexity'] = ({ trialId, epoch }) => 10 * Number(trialId.slice(-4)) - epoch;
    const beforeCommit: Script['beforeCommit'] = async ({ sweepId, trialId, epoch, from }) => {
      if (from !== undefined) copied.push(`${from.slice(-4)} to ${trialId.slice(-4)}, epoch ${epoch}`);
      if (!trialId.endsWith('-0004') || epoch !== 2) return;
      // The weakest trial comes last, so that there are others to compare it with, whichever epoch ends first.
      const others = async () =>
        (await platform.trials(sweepId)).slice(0, 3).map(({ epochs }) => epochs.length);
      await expect.poll(async () => Math.min(...(await others()))).toBeGreaterThanOrEqual(2);
    };
    await platform.withTrainer({ perplexity: worse, beforeCommit }, async () => {
      const sweep = await platform.submit({
        name: 'population',
        epochs: 5,
        trials: 4,
        concurrency: 4,
        parameters: { learningRate: { type: 'float', low: 0.0001, high: 0.01, log: true }, hiddenSize: 64 },
        pruner: { type: 'pbt', interval: 2 },
      });
      const last = await platform.ended(sweep.id);
      expect(last).toMatchObject({ state: 'completed', epochsDone: 20, trials: { completed: 4 } });
      await replays(last);
      const trials = await platform.trials(sweep.id);
      const exploits = trials.flatMap(({ number, exploits: own = [] }) =>
        own.map(({ epoch, from }) => `${from.slice(-4)} to 000${number}, epoch ${epoch + 1}`),
      );
      expect(exploits.length).toBeGreaterThan(0);
      expect(copied.sort()).toEqual(exploits.sort());
      const [weak] = trials.filter((trial) => trial.exploits !== undefined);
      const before = weak?.exploits?.at(-1)?.before.learningRate;
      expect(weak?.config.hyperparameters.learningRate).not.toBe(before);
    });
    const refused = await platform.refusal(
      'POST',
      routes.sweeps.path,
      JSON.stringify({
        name: 'population',
        corpus: { digest },
        trials: 2,
        parameters: { averageBest: 3 },
        pruner: { type: 'pbt' },
      }),
      json,
    );
    expect(refused).toMatchObject({ status: 400, message: expect.stringContaining('averageBest') });
  });

  it('starts trials by hand before those of the sampler, and may have only trials by hand', async () => {
    await platform.withTrainer({ perplexity: improving }, async () => {
      const byHand = [{ hyperparameters: { dropout: 0.5 }, seed: 7 }];
      const sweep = await platform.submit({ name: 'by-hand', epochs: 1, trials: 1, trialsByHand: byHand });
      expect(sweep.trials).toMatchObject({ planned: 2, pending: 2 });
      await platform.ended(sweep.id);
      const [first, second] = await platform.trials(sweep.id);
      expect(first?.config).toMatchObject({ seed: 7, hyperparameters: { dropout: 0.5 } });
      expect(second?.config).toMatchObject({ hyperparameters: { dropout: 0.2 } });
      const alone = await platform.submit({ name: 'alone', epochs: 1, trials: 0, trialsByHand: byHand });
      expect(await platform.ended(alone.id)).toMatchObject({ state: 'completed', trials: { completed: 1 } });
    });
  });

  it('has the constants of its space in trials by hand, of its file and of later requests, and refuses by name', async () => {
    await platform.withTrainer({ perplexity: improving }, async () => {
      const parameters = { layers: 2, topState: 'carried', dropout: { type: 'choice', values: [0.1, 0.3] } };
      const trialsByHand = [{ hyperparameters: { dropout: 0.5 } }];
      const sweep = await platform.submit({ epochs: 1, trials: 0, parameters, trialsByHand });
      await platform.ended(sweep.id);
      const path = urlOf(routes.addTrials, { id: sweep.id });
      const add = (hyperparameters: object) => JSON.stringify({ trials: [{ hyperparameters, seed: 3 }] });
      expect(await platform.call(NotedSweep, 'POST', path, add({ layers: 1 }), json)).not.toHaveProperty(
        'notes',
      );
      await platform.ended(sweep.id);
      expect((await platform.trials(sweep.id)).map(({ config }) => config.hyperparameters)).toMatchObject([
        { layers: 2, topState: 'carried', dropout: 0.5, hiddenSize: 512 },
        { layers: 1, topState: 'carried', dropout: 0.2, hiddenSize: 512 },
      ]);
      expect(await platform.refusal('POST', path, add({ inputFeeding: true }), json)).toMatchObject({
        status: 400,
        message: expect.stringContaining(
          'trials.0.hyperparameters.inputFeeding: there is no attention to feed',
        ),
      });
      expect(await platform.call(NotedSweep, 'POST', path, add({ layers: 1 }), json)).toMatchObject({
        notes: ['trials.0: has the settings and the seed 3 of trial 2, and trains the same'],
      });
      await platform.ended(sweep.id);
    });
  });

  it('learns by TPE, also from an earlier sweep on the same dataset, and its log replays', async () => {
    const dropout = { type: 'float', low: 0, high: 0.9 };
    const best: Script['perplexity'] = ({ config }) => 10 + 100 * (config.hyperparameters.dropout - 0.3) ** 2;
    await platform.withTrainer({ perplexity: best }, async () => {
      // One at a time, so that the sampler's history does not depend on which trial ends first.
      const settings = { epochs: 1, trials: 24, concurrency: 1, sampler: 'tpe', parameters: { dropout } };
      const first = await platform.ended((await platform.submit({ name: 'learning', ...settings })).id);
      await replays(first);
      const distances = async (id: string) =>
        (await platform.trials(id)).map(({ config }) => Math.abs(config.hyperparameters.dropout - 0.3));
      const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
      const early = await distances(first.id);
      expect(mean(early.slice(12))).toBeLessThan(mean(early.slice(0, 10)));
      const warm = { ...settings, trials: 5, warmStart: [first.id] };
      const second = await platform.ended((await platform.submit({ name: 'warm', ...warm })).id);
      await replays(second);
      const warmed = await distances(second.id);
      expect(warmed).not.toEqual(early.slice(0, 5));
      expect(mean(warmed)).toBeLessThan(mean(early.slice(0, 10)));
    });
    const refused = async (more: object) =>
      platform.refusal(
        'POST',
        routes.sweeps.path,
        JSON.stringify({ name: 'warm', corpus: { digest }, ...more }),
        json,
      );
    expect(await refused({ warmStart: ['none-123456'], sampler: 'tpe' })).toMatchObject({
      status: 400,
      message: expect.stringContaining('there is no sweep none-123456'),
    });
    expect(await refused({ warmStart: ['none-123456'] })).toMatchObject({
      status: 400,
      message: expect.stringContaining('use tpe'),
    });
  });

  it('is decided on by two concurrent APIs, each decision once', async () => {
    const other = await platform.start();
    await platform.withTrainer({ perplexity: improving }, async (trainer) => {
      const sweep = await platform.submit({ name: 'shared', epochs: 4, trials: 6, concurrency: 6 });
      const last = await platform.ended(sweep.id);
      expect(last).toMatchObject({ state: 'completed', epochsDone: 24 });
      expect(new Set(trainer.trained).size).toBe(24);
      await replays(last);
    });
    await other.close();
  });
});

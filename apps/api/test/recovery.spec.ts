/** What people can ask of a sweep under way, and what is left of it when Redis or a process is gone. */
import { ReindexResult, SweepLogList, SweepView, paths } from '@honyaku/contracts';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { search } from '../src/sweeps/chooser.ts';
import { decide } from '../src/sweeps/decisions.ts';
import { newSweep } from '../src/sweeps/sweep-state.ts';
import { type Script } from './fake-trainer.ts';
import { Gate, House, improving, json } from './house.ts';

let house: House;
beforeAll(async () => {
  house = await House.open();
});
afterAll(() => house?.close());

const ask = (path: string, body?: object) =>
  body === undefined
    ? house.call(SweepView, 'POST', path)
    : house.call(SweepView, 'POST', path, JSON.stringify(body), json);

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

/** Decides again on every event of the log, by sampler and pruner, and compares. */
async function replays(sweep: SweepView): Promise<void> {
  const { entries } = await house.call(SweepLogList, 'GET', paths.log(sweep.id));
  const { id, spec, createdAt } = sweep;
  let state = newSweep({ id, spec, samplerTrials: spec.trials, createdAt });
  for (const { events, decisions, at } of entries) {
    const again = events.flatMap((event) => {
      const outcome = decide(state, event, at, search);
      state = outcome.state;
      return outcome.decisions;
    });
    expect(again).toEqual(decisions);
  }
  expect(state.trials).toEqual(await house.trials(id));
}

describe('a sweep', () => {
  it('comes back from the bucket when Redis has lost everything, and goes on', async () => {
    const { reached, released, beforeCommit } = heldAtSecondEpoch();
    const ended = await house.submit({ name: 'before', epochs: 1 });
    let unfinished: SweepView | undefined;
    await house.withTrainer({ perplexity: improving, beforeCommit }, async () => {
      await house.ended(ended.id);
      unfinished = await house.submit({ name: 'wiped', epochs: 3, trials: 2 });
      await reached.opened;
      await house.api.close();
      const redis = new Redis(house.redis.url);
      await redis.flushall();
      redis.disconnect();
      released.open();
    });
    house.api = await house.start();
    const shown = await house.call(SweepView, 'GET', paths.sweep(ended.id));
    expect(shown).toMatchObject({ state: 'completed', epochsDone: 1, best: { epoch: 1 } });
    await house.withTrainer({ perplexity: improving }, async () => {
      const last = await house.ended(unfinished?.id ?? '');
      expect(last).toMatchObject({ state: 'completed', epochsDone: 6, trials: { completed: 2 } });
      await replays(last);
    });
    const { sweeps } = await house.call(ReindexResult, 'POST', paths.reindex);
    expect(sweeps).toEqual(expect.arrayContaining([ended.id, unfinished?.id]));
  });

  it('is paused at the end of the epochs under way, and goes on when it is resumed', async () => {
    const { reached, released, beforeCommit } = heldAtSecondEpoch();
    await house.withTrainer({ perplexity: improving, beforeCommit }, async (trainer) => {
      const sweep = await house.submit({ name: 'paused', epochs: 3, trials: 2 });
      await reached.opened;
      expect(await ask(paths.pause(sweep.id))).toMatchObject({ state: 'paused' });
      released.open();
      const epochs = async () => (await house.call(SweepView, 'GET', paths.sweep(sweep.id))).epochsDone;
      await expect.poll(epochs, { timeout: 10_000 }).toBe(2);
      expect(trainer.trained).toHaveLength(2);
      expect(await ask(paths.resume(sweep.id))).toMatchObject({ state: 'running' });
      expect(await house.ended(sweep.id)).toMatchObject({ state: 'completed', epochsDone: 6 });
      expect(await house.refusal('POST', paths.pause(sweep.id))).toMatchObject({ status: 409 });
      expect(await house.refusal('POST', paths.resume(sweep.id))).toMatchObject({ status: 409 });
    });
  });

  it('tries failed trials again when asked, and takes trials and epochs more', async () => {
    let broken = true;
    const beforeCommit: Script['beforeCommit'] = ({ trialId }) => {
      if (broken && trialId.endsWith('0002')) throw new Error('the disk is full');
    };
    await house.withTrainer({ perplexity: improving, beforeCommit }, async () => {
      const sweep = await house.submit({ name: 'again', epochs: 1, trials: 2 });
      expect(await house.ended(sweep.id)).toMatchObject({ trials: { completed: 1, failed: 1 } });
      broken = false;
      await ask(paths.retryFailed(sweep.id));
      expect(await house.ended(sweep.id)).toMatchObject({ trials: { completed: 2, failed: 0 } });
      await ask(paths.extend(sweep.id), { trials: 3, epochs: 2 });
      const extended = await house.ended(sweep.id);
      expect(extended).toMatchObject({ state: 'completed', epochsDone: 6, trials: { completed: 3 } });
      const [first] = await house.trials(sweep.id);
      const { hyperparameters } = first?.config ?? {};
      await ask(paths.sweepTrials(sweep.id), {
        trials: [{ hyperparameters: { ...hyperparameters, dropout: 0.5 }, seed: 9 }],
      });
      expect(await house.ended(sweep.id)).toMatchObject({ trials: { planned: 4, completed: 4 } });
      expect((await house.trials(sweep.id))[3]?.config).toMatchObject({
        seed: 9,
        hyperparameters: { dropout: 0.5 },
      });
      const fewer = await house.refusal('POST', paths.extend(sweep.id), JSON.stringify({ trials: 1 }), json);
      expect(fewer).toMatchObject({ status: 400, message: 'trials: 1 is less than the 3 of the sweep' });
    });
  });

  it.each(['stopping', 'promotion'])(
    'spends fewer epochs by ASHA (%s), and its log replays',
    async (mode) => {
      // The first is the best: whoever comes later is seen to be worse.
      const worse: Script['perplexity'] = ({ trialId, epoch }) => 10 * Number(trialId.slice(-4)) - epoch;
      await house.withTrainer({ perplexity: worse }, async () => {
        const sweep = await house.submit({
          name: mode,
          epochs: 9,
          trials: 9,
          concurrency: 3,
          pruner: { type: 'asha', mode },
        });
        const last = await house.ended(sweep.id);
        expect(last.state).toBe('completed');
        expect(last.trials.completed + last.trials.pruned).toBe(9);
        expect(last.trials.pruned).toBeGreaterThan(0);
        expect(last.epochsDone).toBeLessThan(81);
        expect(last.best).toMatchObject({ trialId: `${sweep.id}-0001`, epoch: 9 });
        await replays(last);
      });
    },
  );

  it('is decided on by two APIs at once, each decision once', async () => {
    const other = await house.start();
    await house.withTrainer({ perplexity: improving }, async (trainer) => {
      const sweep = await house.submit({ name: 'shared', epochs: 4, trials: 6, concurrency: 6 });
      const last = await house.ended(sweep.id);
      expect(last).toMatchObject({ state: 'completed', epochsDone: 24 });
      expect(new Set(trainer.trained).size).toBe(24);
      await replays(last);
    });
    await other.close();
  });
});

/** Sweeps whose evaluations translate a sample: their best epoch is scored on the whole held-out set at the end. */
import {
  BestBundle,
  CollectionResult,
  DatasetReport,
  Demand,
  PutBack,
  ScoreRecord,
  SweepLogList,
  SweepView,
  concludeJob,
  queuePrefix,
  routes,
  scoreJob,
  toJson,
  urlOf,
} from '@honyaku/contracts';
import {
  type FakeTrainer,
  type Script,
  heldOutPairs,
  testPerplexity,
  wholeBleu,
} from '@honyaku/local-stack/fake-trainer';
import { keys } from '@honyaku/storage';
import { replay } from '@honyaku/sweep-engine';
import { DelayedError, Queue, UnrecoverableError, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiPlatform, Gate, improving, json } from './api-platform.ts';

let platform: ApiPlatform;
let trials: Queue;
let control: Queue;
beforeAll(async () => {
  platform = await ApiPlatform.open();
  const options = { connection: { url: platform.redis.url }, prefix: queuePrefix };
  trials = new Queue('trials', options);
  control = new Queue('control', options);
});
afterAll(async () => {
  await trials?.close();
  await control?.close();
  await platform?.close();
});

const sample = { trials: 2, concurrency: 2, evaluation: { sentences: 5 } };
/** Of the second trial's last epoch: the best by the perplexities of `improving`. */
const bestOf = (id: string) => ({ trialId: `${id}-0002`, epoch: 2 });
const shown = (id: string) => platform.call(SweepView, 'GET', urlOf(routes.sweep, { id }));
const ask = (path: string) => platform.call(SweepView, 'POST', path);

/** Keys that a garbage collection removes; checkpoints of first epochs, which others beat, are always among them. */
async function collectedOfLastEpochs(id: string): Promise<string[]> {
  const { removed } = await platform.call(CollectionResult, 'POST', urlOf(routes.collect, { id }));
  return removed.map(({ key }) => key).filter((key) => !key.includes('/epochs/0001/'));
}

const onlyEpoch = (id: string) => ({ trialId: `${id}-0001`, epoch: 1 });

/** A sweep of one epoch that waits for its score, which nobody begins. */
async function waitingForScore(name: string): Promise<string> {
  const { id } = await platform.submit({ name, epochs: 1, evaluation: { sentences: 5 } });
  const afterEvaluation = () => trials.pause();
  await platform.withTrainer({ perplexity: improving, afterEvaluation }, async () => {
    await expect.poll(async () => (await shown(id)).best?.wholeScore?.state).toBe('pending');
  });
  await trials.resume();
  return id;
}

interface HeldScore {
  readonly trainer: FakeTrainer;
  /** Opened when the score job has begun; it ends once `released` is open. */
  readonly reached: Gate;
  readonly released: Gate;
}

async function withHeldScore(test: (held: HeldScore) => Promise<void>): Promise<void> {
  const reached = new Gate();
  const released = new Gate();
  const beforeScore = async () => {
    reached.open();
    await released.opened;
  };
  await platform.withTrainer({ perplexity: improving, beforeScore }, async (trainer) => {
    try {
      await test({ trainer, reached, released });
    } finally {
      // The trainer stops only after its jobs.
      released.open();
    }
  });
}

/** Fails every score until it is mended. */
function failingScore() {
  let fails = true;
  const beforeScore = () => {
    if (fails) throw new UnrecoverableError('the tensor process ran out of memory');
  };
  const mend = () => {
    fails = false;
  };
  return { beforeScore, mend };
}

describe('a sweep whose evaluations translate a sample', () => {
  it('ends with the score of its best epoch on the whole held-out set', async () => {
    await withHeldScore(async ({ trainer, reached, released }) => {
      const { id, spec } = await platform.submit({ name: 'sampled', ...sample });
      expect(spec.evaluation).toEqual({ sentences: 5 });
      await reached.opened;
      const waiting = await shown(id);
      expect(waiting).toMatchObject({
        state: 'running',
        trials: { completed: 2, running: 0, pending: 0 },
        best: { heldOut: { translations: { sentences: 5 } }, wholeScore: { state: 'pending' } },
      });
      expect(await platform.call(Demand, 'GET', routes.demand.path)).toMatchObject({
        trials: { workers: 1 },
      });
      const job = await trials.getJob(scoreJob.id(bestOf(id)));
      expect(job?.data).toMatchObject({ decoding: spec.decoding, requires: 11 });
      const at = '2026-01-01T10:00:00.000Z';
      await job?.log(toJson(PutBack, { at, kind: 'newer version', reason: 'it requires job format 5' }));
      expect((await shown(id)).reason).toBe(
        `the score of trial 2, epoch 2, was put back 1 time since ${at}: it requires job format 5`,
      );
      const underWay = `${keys.epochFolder(bestOf(id).trialId, 2)}/attempt-1-abc/translations.json`;
      await platform.objects.put(underWay, 'not committed yet');
      expect(await collectedOfLastEpochs(id)).toEqual([]);
      released.open();

      const ended = await platform.ended(id);
      expect(ended).toMatchObject({
        state: 'completed',
        best: {
          ...bestOf(id),
          heldOut: {
            translations: {
              ...{ sentences: heldOutPairs, bleu: { score: wholeBleu } },
              beam: { size: 4, lengthPenalty: 0.6 },
            },
          },
          wholeScore: { state: 'done' },
        },
      });
      expect(ended.reason).toBeUndefined();
      expect(ended.workerSeconds).toBe(waiting.workerSeconds + 2);
      expect(trainer.scored).toEqual([`${id}-0002.2`]);
      for (const { epochs } of await platform.trials(id))
        expect(epochs.map(({ heldOut }) => heldOut.translations.sentences)).toEqual([5, 5]);

      const { config, prefix } = await platform.call(BestBundle, 'GET', urlOf(routes.best, { id }));
      expect(config.heldOut).toEqual(ended.best?.heldOut);
      expect(await platform.objects.getText(`${prefix}README.md`)).toContain(
        `beam search (beam 4, length penalty 0.6) of ${heldOutPairs} held-out sentences:\n\n- BLEU ${wholeBleu}0`,
      );

      const { entries } = await platform.call(SweepLogList, 'GET', urlOf(routes.log, { id }));
      const replayed = replay(ended, entries);
      expect(replayed.differing).toEqual([]);
      expect(replayed.state.sweep).toMatchObject({ state: 'completed', best: ended.best });

      const record = await platform.objects.getRecord(ScoreRecord, keys.scoreRecord(`${id}-0002`, 2));
      const translations = `${keys.epochFolder(`${id}-0002`, 2)}/${record?.translations.key}`;
      await expect.poll(() => platform.objects.getText(underWay)).toBeUndefined();
      expect(await platform.objects.getText(translations)).toContain('a dog');
    });
  });

  it('is scored greedily where its decoding is that of earlier versions, which its jobs do not name', async () => {
    const decoding = { maxTokens: 100, beamSize: 1 };
    await withHeldScore(async ({ reached, released }) => {
      const { id, spec } = await platform.submit({ name: 'greedy', ...sample, decoding });
      expect(spec).not.toHaveProperty('decoding');
      await reached.opened;
      const { data } = (await trials.getJob(scoreJob.id(bestOf(id)))) ?? {};
      expect(data).not.toHaveProperty('decoding');
      released.open();
      const { best } = await platform.ended(id);
      expect(best?.heldOut.translations).not.toHaveProperty('beam');
      const { prefix } = await platform.call(BestBundle, 'GET', urlOf(routes.best, { id }));
      expect(await platform.objects.getText(`${prefix}README.md`)).toContain('Greedy translations of');
    });
  });

  it('ends completed with the sample’s scores and the reason when the score fails, which can be retried', async () => {
    const { beforeScore, mend } = failingScore();
    await platform.withTrainer({ perplexity: improving, beforeScore }, async (trainer) => {
      const { id } = await platform.submit({ name: 'unscored', ...sample });
      const ended = await platform.ended(id);
      const reason = 'the tensor process ran out of memory';
      expect(ended).toMatchObject({
        state: 'completed',
        reason: `the whole held-out set was not scored: ${reason}`,
        best: { heldOut: { translations: { sentences: 5 } }, wholeScore: { state: 'failed', reason } },
      });
      mend();
      expect(await ask(urlOf(routes.retryFailed, { id }))).toMatchObject({ state: 'running' });
      const again = await platform.ended(id);
      expect(again).toMatchObject({ state: 'completed', best: { wholeScore: { state: 'done' } } });
      expect(again.reason).toBeUndefined();
      expect(trainer.trained).toHaveLength(4);
      expect(trainer.scored).toEqual([`${id}-0002.2`]);
    });
  });

  it('ends completed when the record of its score cannot be read', async () => {
    const beforeScore: Script['beforeScore'] = async ({ trialId, epoch }) =>
      platform.objects.put(keys.scoreRecord(trialId, epoch), '{"trialId": ');
    await platform.withTrainer({ perplexity: improving, beforeScore }, async () => {
      const { id } = await platform.submit({ name: 'damaged', ...sample });
      expect(await platform.ended(id)).toMatchObject({
        state: 'completed',
        reason: expect.stringMatching(/^the whole held-out set was not scored: .*score\.json is not JSON$/),
      });
      expect(await collectedOfLastEpochs(id)).toEqual([]);
    });
  });

  it('is scored again when its retry came while the conclude job still held its lock', async () => {
    const { beforeScore, mend } = failingScore();
    await platform.withTrainer({ perplexity: improving, beforeScore }, async () => {
      const { id } = await platform.submit({ name: 'locked', ...sample });
      await platform.ended(id);
      const job = await control.getJob(concludeJob.id(bestOf(id)));
      await expect.poll(() => job?.isCompleted()).toBe(true);
      const redis = new Redis(platform.redis.url);
      const lock = `${control.toKey(concludeJob.id(bestOf(id)))}:lock`;
      try {
        await redis.set(lock, 'of the worker that ends the job');
        mend();
        expect(await ask(urlOf(routes.retryFailed, { id }))).toMatchObject({ state: 'running' });
        await redis.del(lock);
      } finally {
        redis.disconnect();
      }
      await platform.reindex();
      expect(await platform.ended(id)).toMatchObject({ best: { wholeScore: { state: 'done' } } });
    });
  });

  it('is scored again when it is retried so late that only the failed score job is still there', async () => {
    const { beforeScore, mend } = failingScore();
    await platform.withTrainer({ perplexity: improving, beforeScore }, async () => {
      const { id } = await platform.submit({ name: 'late', ...sample });
      await platform.ended(id);
      const job = await control.getJob(concludeJob.id(bestOf(id)));
      await expect.poll(() => job?.isCompleted()).toBe(true);
      await control.remove(concludeJob.id(bestOf(id)), { removeChildren: false });
      expect(await (await trials.getJob(scoreJob.id(bestOf(id))))?.isFailed()).toBe(true);
      mend();
      await ask(urlOf(routes.retryFailed, { id }));
      expect(await platform.ended(id)).toMatchObject({ best: { wholeScore: { state: 'done' } } });
    });
  });

  it('is scored on the test set where its dataset has a dev set, of which its epochs are', async () => {
    const report = toJson(DatasetReport, {
      ...{ sourceLanguage: 'ja', targetLanguage: 'en', bleuTokenization: '13a' },
      pairs: { train: 16, dev: 2, test: 2 },
      skipped: { tooLong: 0, invisible: 0 },
      overlap: { pairs: 0, sources: 0, targets: 0 },
      outsideTokenizers: { source: 0, target: 0 },
      lookUp: { dev: 14.7, test: 15.2 },
    });
    const beforeCommit: Script['beforeCommit'] = ({ config }) =>
      platform.objects.put(keys.datasetReport(config.dataset), report);
    await platform.withTrainer({ perplexity: improving, beforeCommit }, async (trainer) => {
      const { id, spec } = await platform.submit({
        name: 'grouped',
        trials: 2,
        dataset: { split: undefined },
      });
      expect(spec.dataset.split).toBe('grouped');
      const { state, best } = await platform.ended(id);
      expect(state).toBe('completed');
      expect(best).toMatchObject({
        ...bestOf(id),
        heldOut: { perplexity: 48 },
        test: { perplexity: testPerplexity, translations: { bleu: { score: wholeBleu } } },
        wholeScore: { state: 'done' },
      });
      expect(trainer.scored).toEqual([`${id}-0002.2`]);
      const { config, prefix } = await platform.call(BestBundle, 'GET', urlOf(routes.best, { id }));
      expect([config.heldOut, config.test]).toEqual([best?.heldOut, best?.test]);
      const readme = await platform.objects.getText(`${prefix}README.md`);
      expect(readme).toContain(`On its test set: perplexity ${testPerplexity}`);
      expect(readme).toContain('- look-up (the target of the most similar training sentence): BLEU 15.20');
      const { entries } = await platform.call(SweepLogList, 'GET', urlOf(routes.log, { id }));
      expect(replay(await shown(id), entries).differing).toEqual([]);
    });
  });

  it('does not score an epoch that a better one has superseded while its score waited', async () => {
    const id = await waitingForScore('superseded');
    // Puts the score back, so that it still waits when the next epoch is committed.
    const worker = new Worker(
      'trials',
      async (job, token) => {
        await job.moveToDelayed(Date.now() + 600_000, token);
        throw new DelayedError();
      },
      { connection: { url: platform.redis.url, maxRetriesPerRequest: null }, prefix: queuePrefix },
    );
    const job = await trials.getJob(scoreJob.id(onlyEpoch(id)));
    await expect.poll(() => job?.isDelayed()).toBe(true);
    await worker.close();
    await platform.withTrainer({ perplexity: improving }, async (trainer) => {
      await platform.call(
        SweepView,
        'POST',
        urlOf(routes.extend, { id }),
        JSON.stringify({ epochs: 2 }),
        json,
      );
      expect(await platform.ended(id)).toMatchObject({ best: { epoch: 2, wholeScore: { state: 'done' } } });
      expect(trainer.scored).toEqual([`${id}-0001.2`]);
    });
    expect(await control.getJob(concludeJob.id(onlyEpoch(id)))).toBeUndefined();
    expect(await trials.getJob(scoreJob.id(onlyEpoch(id)))).toBeUndefined();
  });

  it('is paused, resumed and goes on with another API while the score waits', async () => {
    await withHeldScore(async ({ trainer, reached, released }) => {
      const { id } = await platform.submit({ name: 'paused', ...sample });
      await reached.opened;
      const { state } = await ask(urlOf(routes.pause, { id }));
      expect(state).toBe('paused');
      released.open();
      await expect.poll(() => trainer.scored).toEqual([`${id}-0002.2`]);
      await expect.poll(async () => (await shown(id)).best?.wholeScore?.state).toBe('done');
      expect(await shown(id)).toMatchObject({ state: 'paused' });
      await platform.api.close();
      platform.api = await platform.start();
      expect(await ask(urlOf(routes.resume, { id }))).toMatchObject({ state: 'completed' });
    });
  });

  it('gets the jobs of its score again when Redis has lost them', async () => {
    await withHeldScore(async ({ reached, released }) => {
      const { id } = await platform.submit({ name: 'lost', ...sample });
      await reached.opened;
      await platform.api.close();
      const job = await trials.getJob(scoreJob.id(bestOf(id)));
      released.open();
      await expect.poll(() => job?.isCompleted()).toBe(true);
      await control.remove(concludeJob.id(bestOf(id)));
      await trials.remove(scoreJob.id(bestOf(id)));
      platform.api = await platform.start();
      expect(await platform.ended(id)).toMatchObject({ best: { wholeScore: { state: 'done' } } });
    });
  });

  it('is cancelled while the score waits, whose jobs are removed', async () => {
    const id = await waitingForScore('cancelled');
    const cancelled = await ask(urlOf(routes.cancel, { id }));
    expect(cancelled.state).toBe('cancelled');
    expect(cancelled.best).not.toHaveProperty('wholeScore');
    expect(await control.getJob(concludeJob.id(onlyEpoch(id)))).toBeUndefined();
    expect(await trials.getJob(scoreJob.id(onlyEpoch(id)))).toBeUndefined();
  });

  it('goes on when it is resumed with a score that the pause has stopped at once', async () => {
    const id = await waitingForScore('stopped');
    const job = await trials.getJob(scoreJob.id(onlyEpoch(id)));
    const taken = new Gate();
    const told = new Gate();
    // As a worker does that is notified to stop.
    const worker = new Worker(
      'trials',
      async (stopped, token) => {
        taken.open();
        await told.opened;
        await stopped.moveToDelayed(Date.now() + 365 * 24 * 3600 * 1000, token);
        throw new DelayedError();
      },
      { connection: { url: platform.redis.url, maxRetriesPerRequest: null }, prefix: queuePrefix },
    );
    await taken.opened;
    await ask(`${urlOf(routes.pause, { id })}?now=true`);
    told.open();
    await worker.close();
    expect(await job?.isDelayed()).toBe(true);
    await ask(urlOf(routes.resume, { id }));
    await platform.withTrainer({ perplexity: improving }, async () => {
      expect(await platform.ended(id)).toMatchObject({ best: { wholeScore: { state: 'done' } } });
    });
  });

  it('has no score of its own to wait for when the held-out set has fewer pairs than the sample', async () => {
    await platform.withTrainer({ perplexity: improving }, async (trainer) => {
      const evaluation = { sentences: heldOutPairs + 1 };
      const { id } = await platform.submit({ name: 'few', evaluation });
      const { best, state } = await platform.ended(id);
      expect(state).toBe('completed');
      expect(best?.heldOut.translations.sentences).toBe(heldOutPairs);
      expect(best).not.toHaveProperty('wholeScore');
      expect(trainer.scored).toEqual([]);
    });
  });

  it.each([
    [{ sentences: 0 }, 'evaluation.sentences: must be at least 1'],
    [{ sentences: -5 }, 'evaluation.sentences: must be at least 1'],
    [{ sentences: 2.5 }, 'evaluation.sentences: must be a whole number'],
    [{}, 'evaluation.sentences: is missing'],
    [{ sentence: 5 }, 'keys of evaluation: sentences'],
  ])('is refused with the evaluation %j', async (evaluation, message) => {
    const body = JSON.stringify({ name: 'bad', corpus: { digest: 'c'.repeat(64) }, evaluation });
    const refusal = await platform.refusal('POST', routes.submit.path, body, {
      'content-type': 'application/json',
    });
    expect(refusal).toMatchObject({ status: 400, message: expect.stringContaining(message) });
  });
});

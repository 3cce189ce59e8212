import {
  BestBundle,
  EpochList,
  SweepList,
  SweepView,
  TrialView,
  advanceJob,
  fromJson,
  queuePrefix,
  routes,
  urlOf,
} from '@honyaku/contracts';
import { keys } from '@honyaku/storage';
import { Queue, UnrecoverableError } from 'bullmq';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type Script, modelBytes, sha256 } from '@honyaku/local-stack/fake-trainer';
import { Gate, ApiPlatform, digest, improving } from './api-platform.ts';

let platform: ApiPlatform;
beforeAll(async () => {
  platform = await ApiPlatform.open();
});
afterAll(() => platform?.close());

describe('a sweep', () => {
  it('goes from YAML through all its trials to the best bundle', async () => {
    const yaml = `# three trials\nname: whole\ncorpus: { digest: ${digest} }\ntrials: 3\nconcurrency: 2\nepochs: 2\nparameters:\n  dropout: { type: float, low: 0.1, high: 0.4 }\n`;
    const sweep = await platform.call(SweepView, 'POST', routes.sweeps.path, yaml, {
      'content-type': 'text/yaml',
    });
    expect(sweep).toMatchObject({ state: 'preparing', trials: { planned: 3, pending: 3 } });
    expect(sweep.id).toMatch(/^whole-[0-9a-f]{16}$/);
    expect(await platform.refusal('GET', urlOf(routes.best, { id: sweep.id }))).toMatchObject({
      status: 404,
    });
    await platform.withTrainer({ perplexity: improving }, async (trainer) => {
      const last = await platform.ended(sweep.id);
      const best = { trialId: `${sweep.id}-0003`, epoch: 2 };
      expect(last).toMatchObject({ state: 'completed', epochsDone: 6, trials: { completed: 3 }, best });
      expect(trainer.trained.toSorted()).toEqual(
        [1, 2, 3].flatMap((n) => [1, 2].map((epoch) => `${sweep.id}-000${n}.${epoch}`)),
      );

      expect(await platform.objects.getText(keys.sweepYaml(sweep.id))).toBe(yaml);
      const bundle = await platform.call(BestBundle, 'GET', urlOf(routes.best, { id: sweep.id }));
      expect(bundle).toMatchObject({
        config: best,
        prefix: `sweeps/${sweep.id}/best/`,
        samples: [{ output: 'a dog' }],
      });
      expect(await (await fetch(bundle.urls.model)).text()).toBe(modelBytes(best.trialId, 2));
      expect(await (await fetch(bundle.urls.source)).text()).toBe('source.model');
      expect(await platform.objects.getText(`${bundle.prefix}README.md`)).toMatch(
        /load_state_dict[^]*Licence: CC0/,
      );
      expect(bundle.config.files.model.sha256).toBe(sha256(modelBytes(best.trialId, 2)));

      const evaluation = keys.evaluationRecord(best.trialId, 2);
      const stored = await platform.objects.getText(evaluation);
      await platform.objects.put(evaluation, '{"samples": [');
      const withoutSamples = await platform.call(BestBundle, 'GET', urlOf(routes.best, { id: sweep.id }));
      expect(withoutSamples).toMatchObject({ config: best, samples: [] });
      await platform.objects.put(evaluation, stored ?? '');

      const { epochs } = await platform.call(EpochList, 'GET', urlOf(routes.epochs, { id: best.trialId }));
      expect(epochs.map(({ epoch, samples }) => [epoch, samples.length])).toEqual([
        [1, 1],
        [2, 1],
      ]);
      const trial = await platform.call(TrialView, 'GET', urlOf(routes.trial, { id: best.trialId }));
      expect(trial).toMatchObject({ number: 3, state: 'completed', config: { epochs: 2 } });
      expect((await platform.call(SweepList, 'GET', routes.sweeps.path)).sweeps[0]?.id).toBe(sweep.id);

      const metrics = await (await platform.request('GET', routes.metrics.path)).text();
      expect(metrics).toContain(
        `honyaku_trial_held_out_perplexity{sweep="${sweep.id}",trial="${best.trialId}"} ${100 / 3 - 2}`,
      );
      expect(metrics).toMatch(/honyaku_queue_jobs\{queue="trials",state="active"\} 0/);
    });
  });

  it('trains with native kernels unless TensorFlow’s are asked for, which are stored as version 0.1.0 stores them', async () => {
    const storedAs = async (runtime: object) => {
      const { id, spec } = await platform.submit({ name: 'kernels', runtime });
      await platform.call(SweepView, 'POST', urlOf(routes.cancel, { id }));
      const stored = z.object({ spec: z.object({ runtime: z.unknown() }) });
      const record = fromJson(stored, (await platform.objects.getText(keys.sweepRecord(id))) ?? '', id);
      expect(spec.runtime).toEqual(record.spec.runtime);
      return record.spec.runtime;
    };
    const native = { threads: 1, onednn: true, kernels: 'native' };
    expect(await storedAs({ threads: 1 })).toEqual(native);
    expect(await storedAs({ threads: 1, kernels: 'native' })).toEqual(native);
    expect(await storedAs({ threads: 1, kernels: 'tensorflow' })).toEqual({ threads: 1, onednn: true });
  });

  it('preserves a perplexity of NaN in records, Redis and JSON, and continues with the next trial', async () => {
    const nanOfFirst: Script['perplexity'] = ({ trialId }) => (trialId.endsWith('0001') ? Number.NaN : 5);
    await platform.withTrainer({ perplexity: nanOfFirst }, async () => {
      const sweep = await platform.submit({ trials: 2, epochs: 1, name: 'nan' });
      expect(await platform.ended(sweep.id)).toMatchObject({
        state: 'completed',
        trials: { failed: 1, completed: 1 },
      });
      const text = await (await platform.request('GET', urlOf(routes.sweepTrials, { id: sweep.id }))).text();
      expect(text).toContain('"perplexity":"NaN"');
      const [first] = await platform.trials(sweep.id);
      expect(first).toMatchObject({ state: 'failed', reason: 'diverged: perplexity is NaN' });
      expect(first?.epochs[0]?.heldOut.perplexity).toBeNaN();
      expect(
        (await platform.call(SweepView, 'GET', urlOf(routes.sweep, { id: sweep.id }))).best?.trialId,
      ).toBe(`${sweep.id}-0002`);
      expect(await (await platform.request('GET', routes.metrics.path)).text()).toMatch(
        new RegExp(`honyaku_trial_train_perplexity\\{sweep="${sweep.id}",trial="${first?.id}"\\} Nan`, 'i'),
      );
    });
  });

  it('fails a trial with the reason of its job, and the sweep when no trial completed', async () => {
    const beforeCommit = () => {
      throw new UnrecoverableError('the batch does not fit in memory');
    };
    await platform.withTrainer({ perplexity: improving, beforeCommit }, async () => {
      const sweep = await platform.submit({ name: 'failing' });
      const reason = expect.stringContaining('the batch does not fit in memory');
      expect(await platform.ended(sweep.id)).toMatchObject({ state: 'failed', reason });
      expect((await platform.trials(sweep.id))[0]).toMatchObject({ state: 'failed', reason });
    });
  });

  it('fails when its dataset cannot be built, and succeeds when it is submitted again', async () => {
    let failure: string | undefined = 'vocabularySize is larger than the corpus allows';
    await platform.withTrainer({ perplexity: improving, preprocessFailure: () => failure }, async () => {
      const settings = { name: 'again', epochs: 1, dataset: { seed: 77 } };
      const [first, beside] = await Promise.all([platform.submit(settings), platform.submit(settings)]);
      for (const { id } of [first, beside]) {
        expect(await platform.ended(id)).toMatchObject({
          state: 'failed',
          reason: expect.stringContaining('vocabularySize'),
        });
      }
      failure = undefined;
      expect(await platform.ended((await platform.submit(settings)).id)).toMatchObject({
        state: 'completed',
      });
    });
  });

  it('begins when its dataset is built, even if another sweep waits for the same dataset', async () => {
    const settings = { name: 'pair', epochs: 1, dataset: { seed: 78 } };
    const [one, other] = await Promise.all([platform.submit(settings), platform.submit(settings)]);
    await platform.withTrainer({ perplexity: improving }, async () => {
      expect(await platform.ended(one.id)).toMatchObject({ state: 'completed' });
      expect(await platform.ended(other.id)).toMatchObject({ state: 'completed' });
    });
  });

  it('is cancelled with its waiting jobs, and a running epoch no longer changes it', async () => {
    const reached = new Gate();
    const released = new Gate();
    const beforeCommit: Script['beforeCommit'] = async ({ trialId }) => {
      if (!trialId.endsWith('0001')) return;
      reached.open();
      await released.opened;
    };
    await platform.withTrainer({ perplexity: improving, beforeCommit }, async (trainer) => {
      const sweep = await platform.submit({ name: 'cancelled', trials: 3 });
      await reached.opened;
      const cancelled = await platform.call(SweepView, 'POST', urlOf(routes.cancel, { id: sweep.id }));
      expect(cancelled).toMatchObject({ state: 'cancelled', trials: { cancelled: 1, pending: 0 } });
      const control = new Queue('control', { connection: { url: platform.redis.url }, prefix: queuePrefix });
      const advance = await control.getJob(`${sweep.id}-0001.1.advance`);
      released.open();
      await expect.poll(() => advance?.isCompleted()).toBe(true);
      await control.close();
      expect(trainer.trained).toEqual([`${sweep.id}-0001.1`]);
      expect(await platform.call(SweepView, 'GET', urlOf(routes.sweep, { id: sweep.id }))).toEqual(cancelled);
      expect(await platform.call(SweepView, 'POST', urlOf(routes.cancel, { id: sweep.id }))).toEqual(
        cancelled,
      );
    });
  });

  it('records nothing twice when its advance job is delivered again', async () => {
    await platform.withTrainer({ perplexity: improving }, async (trainer) => {
      const sweep = await platform.submit({ name: 'twice' });
      const before = await platform.ended(sweep.id);
      const control = new Queue('control', { connection: { url: platform.redis.url }, prefix: queuePrefix });
      const payload = { sweepId: sweep.id, trialId: `${sweep.id}-0001`, epoch: 1 };
      const again = await control.add(advanceJob.name, payload, { jobId: `${sweep.id}.again` });
      await expect.poll(() => again.isCompleted()).toBe(true);
      await control.close();
      expect(await platform.call(SweepView, 'GET', urlOf(routes.sweep, { id: sweep.id }))).toEqual(before);
      expect(trainer.trained).toHaveLength(2);
    });
  });

  it('continues where it was when the API is restarted', async () => {
    const reached = new Gate();
    const released = new Gate();
    const beforeCommit: Script['beforeCommit'] = async ({ epoch }) => {
      if (epoch !== 2) return;
      reached.open();
      await released.opened;
    };
    await platform.withTrainer({ perplexity: improving, beforeCommit }, async (trainer) => {
      const sweep = await platform.submit({ name: 'restarted', epochs: 4 });
      await reached.opened;
      await platform.api.close();
      released.open();
      await expect.poll(() => trainer.trained.length).toBe(2);
      platform.api = await platform.start();
      expect(await platform.ended(sweep.id)).toMatchObject({ state: 'completed', epochsDone: 4 });
      expect(trainer.trained).toEqual([1, 2, 3, 4].map((epoch) => `${sweep.id}-0001.${epoch}`));
    });
  });

  it('gets a flow that Redis has lost again when the API starts', async () => {
    const sweep = await platform.submit({ name: 'lost', epochs: 1, dataset: { seed: 1 } });
    await expect
      .poll(async () => (await platform.call(SweepView, 'GET', urlOf(routes.sweep, { id: sweep.id }))).state)
      .toBe('running');
    const control = new Queue('control', { connection: { url: platform.redis.url }, prefix: queuePrefix });
    const advance = await control.getJob(`${sweep.id}-0001.1.advance`);
    await advance?.remove({ removeChildren: true });
    await control.close();
    await platform.api.close();
    platform.api = await platform.start();
    await platform.withTrainer({ perplexity: improving }, async () => {
      expect(await platform.ended(sweep.id)).toMatchObject({ state: 'completed' });
    });
  });
});

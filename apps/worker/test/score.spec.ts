import { DecodingSettings, ScoreRecord, type StoredFile, TranslationList } from '@honyaku/contracts';
import { keys } from '@honyaku/storage';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { evaluate } from '../src/jobs/evaluate.ts';
import { preprocess } from '../src/jobs/preprocess.ts';
import { score } from '../src/jobs/score.ts';
import { trainEpoch } from '../src/jobs/train-epoch.ts';
import { JobPlatform } from './job-platform.ts';
import { delivery } from './worker-context.ts';
import { config } from './worker-platform.ts';

const sampled = 'sampled-0001';
const whole = 'whole-0001';
const payload = (trialId: string, epoch: number) => ({
  sweepId: trialId.slice(0, -5),
  trialId,
  epoch,
  config: { ...config, hyperparameters: { ...config.hyperparameters, batchSize: 16, averageBest: 2 } },
});

describe('a trial whose evaluations translate a sample', () => {
  let jobs: JobPlatform;
  let platform: JobPlatform['platform'];
  let context: JobPlatform['context'];

  beforeAll(async () => {
    jobs = await JobPlatform.open();
    ({ platform, context } = jobs);
    await preprocess(context, platform.datasetPayload, delivery());
    for (const [trialId, sample] of [
      [whole, {}],
      [sampled, { sentences: 7 }],
    ] as const)
      for (const epoch of [1, 2]) {
        await trainEpoch(context, { ...payload(trialId, epoch), ...sample }, delivery());
        await evaluate(context, { ...payload(trialId, epoch), ...sample }, delivery());
        // Each epoch is better than the one before, so that both are averaged.
        await platform.pretendPerplexity(trialId, epoch, 1 / epoch);
      }
  });
  afterAll(() => jobs?.close());

  const translationsOf = async (trialId: string, epoch: number, { key }: StoredFile) => {
    const path = `${keys.epochFolder(trialId, epoch)}/${key}`;
    return (await jobs.read(TranslationList, path)).translations;
  };
  const sourcesOf = async (trialId: string, epoch: number) => {
    const { translations } = await platform.evaluation(trialId, epoch);
    return (await translationsOf(trialId, epoch, translations)).map(({ source }) => source);
  };

  it('translates the same pairs after each epoch, evenly spread over the held-out set', async () => {
    const all = await sourcesOf(whole, 1);
    expect(all.length).toBeGreaterThan(50);
    const expected = Array.from({ length: 7 }, (_, index) => all[Math.floor((index * all.length) / 7)]);
    for (const epoch of [1, 2]) {
      expect(await sourcesOf(sampled, epoch)).toEqual(expected);
      expect((await platform.evaluation(sampled, epoch)).metrics.translations.sentences).toBe(7);
    }
  });

  it('has weights and perplexities as if all were translated', async () => {
    for (const epoch of [1, 2]) {
      const [one, other] = await Promise.all(
        [sampled, whole].map((trialId) => platform.evaluation(trialId, epoch)),
      );
      const { translations, seconds, ...losses } = one?.metrics ?? {};
      expect(other?.metrics).toMatchObject(losses);
      expect(one?.model).toBe(other?.model);
    }
  });

  it('is scored on the whole held-out set with the weights that were evaluated, however often it is asked', async () => {
    const { bleu } = await score(context, payload(sampled, 2), delivery());
    const record = await platform.objects.getRecord(ScoreRecord, keys.scoreRecord(sampled, 2));
    if (!record) throw new Error('there is no record');
    const { average, model } = await platform.evaluation(sampled, 2);
    expect(average?.epochs).toEqual([1, 2]);
    expect(record.model).toBe(model);
    const { metrics, translations } = await platform.evaluation(whole, 2);
    expect(record.scores).toMatchObject(metrics.translations);
    expect(bleu).toBe(metrics.translations.bleu.score);
    expect(await translationsOf(sampled, 2, record.translations)).toEqual(
      await translationsOf(whole, 2, translations),
    );
    const files = await platform.filesOf(sampled, 2);
    expect(await score(context, payload(sampled, 2), delivery({ attemptsStarted: 2 }))).toEqual({ bleu });
    expect(await platform.filesOf(sampled, 2)).toEqual(files);
  });

  it('is evaluated and scored with the decoding of its sweep: limits of each, and a beam search at the end', async () => {
    const decoding = DecodingSettings.parse({ maxTokens: { perSourceToken: 0, plus: 3 } });
    const limited = { ...payload('limited-0001', 1), decoding };
    await trainEpoch(context, limited, delivery());
    await evaluate(context, limited, delivery());
    const { metrics, translations } = await platform.evaluation('limited-0001', 1);
    const { metrics: unlimited } = await platform.evaluation(whole, 1);
    expect(metrics.translations.lengthRatio).toBeLessThan(unlimited.translations.lengthRatio);
    expect(metrics.translations).not.toHaveProperty('beam');
    expect(translations.key).toMatch(/translations-\d+-cut\.json$/);

    await score(context, limited, delivery());
    const record = await platform.objects.getRecord(ScoreRecord, keys.scoreRecord('limited-0001', 1));
    expect(record?.scores).toMatchObject({
      sentences: metrics.translations.sentences,
      beam: { size: 4, lengthPenalty: 0.6 },
    });
    expect(record?.scores.lengthRatio).toBeLessThan(unlimited.translations.lengthRatio);
  });

  it('translates all pairs of a held-out set that has fewer than the sample', async () => {
    const many = { ...payload('many-0001', 1), sentences: 1_000_000 };
    await trainEpoch(context, many, delivery());
    await evaluate(context, many, delivery());
    expect(await sourcesOf('many-0001', 1)).toEqual(await sourcesOf(whole, 1));
  });

  it('is not scored before it is evaluated', async () => {
    const early = payload('many-0001', 2);
    await expect(score(context, early, delivery())).rejects.toThrow(
      'epoch 2 of many-0001 cannot be scored before it is evaluated',
    );
  });
});

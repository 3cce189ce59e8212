import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { convertToCTranslate2 } from '@honyaku/cli';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Pair, splitCorpus } from './corpus.ts';
import { compareBleu, compareDecoding, problemsOf, translateByCTranslate2 } from './parity.ts';
import { type TrainedModel, withTrainedModel } from './platform.ts';

let folder: string;
let pairs: readonly Pair[];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'honyaku-ctranslate2-'));
  pairs = await splitCorpus(folder, 1000);
});
afterAll(() => rm(folder, { recursive: true }));

const sentencesCompared = 200;
const never = new AbortController().signal;
const silent = () => undefined;

/** The same weights with another activation, which is another network. */
async function withActivation(model: TrainedModel, activation: 'relu' | 'gelu'): Promise<TrainedModel> {
  const marian = join(folder, `marian-${activation}`);
  const float32 = join(folder, `ctranslate2-${activation}`);
  await cp(model.marian, marian, { recursive: true });
  const settings = join(marian, 'config.json');
  const text = await readFile(settings, 'utf8');
  await writeFile(settings, text.replace('"swish"', `"${activation}"`));
  await convertToCTranslate2(marian, float32, 'float32', { interrupted: never, report: silent });
  for (const name of ['source.spm', 'target.spm']) await cp(join(marian, name), join(float32, name));
  const hyperparameters = { ...model.config.hyperparameters, activation };
  return { ...model, config: { ...model.config, hyperparameters }, ctranslate2: { float32, int8: '' } };
}

it('a Transformer of a real sweep translates held-out sentences in CTranslate2 as it does here, and in int8 as well', async () => {
  await withTrainedModel(folder, silent, async (model) => {
    const sentences = pairs.map(([source]) => source);
    const { float32, int8 } = model.ctranslate2;
    const translated = await translateByCTranslate2(float32, sentences, model, folder);
    const { problems } = compareBleu(
      translated,
      await translateByCTranslate2(int8, sentences, model, folder),
      pairs,
    );
    expect(problems).toEqual([]);
    const compared = sentences.slice(0, sentencesCompared);
    expect(problemsOf(await compareDecoding(model, compared, translated))).toEqual([]);
    expect(new Set(translated.beam.map(({ text }) => text)).size).toBeGreaterThan(sentencesCompared);

    for (const activation of ['relu', 'gelu'] as const) {
      const other = await withActivation(model, activation);
      const theirs = await translateByCTranslate2(other.ctranslate2.float32, compared, other, folder);
      expect((await compareDecoding(other, compared, theirs)).greedy).toBe(0);
    }
  });
});

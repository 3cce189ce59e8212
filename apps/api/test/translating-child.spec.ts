/** The translating child process with real TensorFlow, tokenizers and weights. */
import { mkdtemp, rm, truncate, copyFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  Corrupt,
  DatasetSettings,
  Hyperparameters,
  TranslateRequest,
  installedPaths,
} from '@honyaku/contracts';
import { buildDataset, openTokenizer } from '@honyaku/data';
import { networkOf, Seq2Seq } from '@honyaku/model';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalBundle, startTranslatingChild } from '../src/translator/translating-child.ts';

let folder: string;
let bundle: LocalBundle;
const child = startTranslatingChild();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'honyaku-translate-'));
  const corpusFile = join(folder, 'pairs.tsv');
  const lines = Array.from({ length: 40 }, (_, n) => `犬が${n}匹いる\tthere are ${n} dogs\n`);
  await writeFile(corpusFile, lines.join(''));
  const settings = DatasetSettings.parse({ vocabularySize: { source: 20, target: 25 } });
  const pythonPath = installedPaths().sentencepiece;
  const { tokenizers, vocabularySize } = await buildDataset({ corpusFile, settings, folder, pythonPath });
  const hyperparameters = Hyperparameters.parse({ embeddingSize: 8, hiddenSize: 8 });
  const model = join(folder, 'model.safetensors');
  const network = Seq2Seq.initialise(networkOf({ hyperparameters }, vocabularySize), 1);
  await network.save(model);
  network.dispose();
  const path = (side: 'source' | 'target') => join(folder, tokenizers[side].key);
  bundle = { model, source: path('source'), target: path('target'), hyperparameters, vocabularySize };
});
afterAll(async () => {
  await child.stop();
  await rm(folder, { recursive: true, force: true });
});

function translate(settings: object, changed: Partial<LocalBundle> = {}) {
  const request = TranslateRequest.parse({ sentences: ['犬が1匹いる', '猫がいる'], ...settings });
  return child.translate({ bundle: { ...bundle, ...changed }, request, maxTokens: 513 });
}

describe('the translating process', () => {
  it('returns one output per sentence, the same each time for greedy decoding and for samples with the same seed', async () => {
    const greedy = await translate({});
    expect(greedy.outputs).toHaveLength(2);
    expect(await translate({})).toEqual(greedy);
    const sampled = await translate({ sample: true, seed: 1 });
    expect(await translate({ sample: true, seed: 1 })).toEqual(sampled);
    expect(await translate({ sample: true, seed: 2 })).not.toEqual(sampled);
  });

  it('cuts translations at the limit of training or of the request, and marks them', async () => {
    // Untrained weights do not produce an end token.
    const cutAt = async (settings: object) => {
      const { outputs } = await translate({ sentences: ['犬が1匹いる'], ...settings });
      const [{ output, truncated } = { output: '', truncated: false }] = outputs;
      const target = await openTokenizer(bundle.target);
      return { tokens: target.encode(output).length, truncated };
    };
    const usual = await cutAt({});
    expect(usual.truncated).toBe(true);
    expect(usual.tokens).toBeGreaterThan(100);
    for (const settings of [{}, { sample: true }, { beamSize: 2 }]) {
      const short = await cutAt({ ...settings, maxTokens: 7 });
      expect(short.tokens, JSON.stringify(settings)).toBeLessThanOrEqual(7);
    }
    expect((await cutAt({ maxTokens: 7 })).truncated).toBe(true);
  });

  it('refuses a truncated checkpoint and one of another shape, and then still serves the good one', async () => {
    const cut = join(folder, 'cut.safetensors');
    await copyFile(bundle.model, cut);
    await truncate(cut, 100);
    await expect(translate({}, { model: cut })).rejects.toThrow(Corrupt);
    const hyperparameters = { ...bundle.hyperparameters, hiddenSize: 16 };
    await copyFile(bundle.model, join(folder, 'other.safetensors'));
    await expect(
      translate({}, { model: join(folder, 'other.safetensors'), hyperparameters }),
    ).rejects.toThrow(Corrupt);
    expect((await translate({})).outputs).toHaveLength(2);
  });

  it('starts again after it was ended', async () => {
    const before = await translate({});
    await child.stop();
    expect(await translate({})).toEqual(before);
  });
});

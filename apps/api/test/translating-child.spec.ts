/** The translating child process with real TensorFlow, tokenizers and weights. */
import { mkdtemp, rm, truncate, copyFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  Corrupt,
  DatasetSettings,
  Hyperparameters,
  type StoredFile,
  TranslateRequest,
  installedPaths,
  specialTokens,
} from '@honyaku/contracts';
import { buildDataset, openTokenizer, openTokenizers } from '@honyaku/data';
import { networkOf, sample, Seq2Seq } from '@honyaku/model';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalBundle, startTranslatingChild } from '../src/translator/translating-child.ts';

let folder: string;
let bundle: LocalBundle;
let corpusFile: string;
const child = startTranslatingChild();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'honyaku-translate-'));
  corpusFile = join(folder, 'pairs.tsv');
  const lines = Array.from({ length: 40 }, (_, n) => `犬が${n}匹いる\tthere are ${n} dogs\n`);
  await writeFile(corpusFile, lines.join(''));
  bundle = await bundleIn(folder, {}, 'separate');
});
afterAll(async () => {
  await child.stop();
  await rm(folder, { recursive: true, force: true });
});

/** A bundle of untrained weights. */
async function bundleIn(
  inside: string,
  options: Partial<Hyperparameters>,
  vocabulary: DatasetSettings['vocabulary'],
): Promise<LocalBundle> {
  const settings = DatasetSettings.parse({ vocabularySize: { source: 20, target: 25 }, vocabulary });
  const pythonPath = installedPaths().sentencepiece;
  const built = await buildDataset({ corpusFile, settings, folder: inside, pythonPath });
  const { vocabularySize } = built;
  const hyperparameters = Hyperparameters.parse({ embeddingSize: 8, hiddenSize: 8, ...options });
  const model = join(inside, 'model.safetensors');
  const network = Seq2Seq.initialise(networkOf({ hyperparameters }, vocabularySize), 1);
  await network.save(model);
  network.dispose();
  const path = ({ key }: StoredFile) => join(inside, key);
  const tokenizers = {
    source: path(built.tokenizers.source),
    target: path(built.tokenizers.target),
    ...(built.vocabulary ? { vocabulary: path(built.vocabulary) } : {}),
  };
  return { model, tokenizers, hyperparameters, vocabularySize };
}

function translate(settings: object, changed: Partial<LocalBundle> = {}) {
  const request = TranslateRequest.parse({ sentences: ['犬が1匹いる', '猫がいる'], ...settings });
  return child.translate({
    bundle: { ...bundle, ...changed },
    request,
    limits: { maxTokens: 513, longestTarget: 513 },
  });
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
      const target = await openTokenizer(bundle.tokenizers.target);
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

  it.each<Partial<Hyperparameters>>([
    { network: 'recurrent' },
    { network: 'transformer', heads: 2, feedForwardSize: 16 },
  ])('translates by a joint vocabulary, with its pieces in and out: %j', async (options) => {
    const jointBundle = await bundleIn(join(folder, `${options.network}`), options, 'joint');
    const sentences = Array.from({ length: 20 }, (_, n) => `犬が${n}匹いる`);
    const { model, tokenizers, vocabularySize } = jointBundle;
    const { source, target } = await openTokenizers(tokenizers);
    expect([source.size, target.size]).toEqual([vocabularySize.source, vocabularySize.target]);
    const network = await Seq2Seq.load(model, networkOf(jointBundle, vocabularySize));
    const sources = sentences.map((sentence) => [...source.encode(sentence), specialTokens.eos]);
    const settings = TranslateRequest.parse({ sentences, sample: true, seed: 3, maxTokens: 30 });
    const ids = sample(network, sources, { ...settings, maxTokens: 30 });
    network.dispose();
    const { outputs } = await translate(settings, jointBundle);
    expect(outputs.map(({ output }) => output)).toEqual(ids.map((each) => target.decode(each)));
    // Untrained weights give pieces of both sides.
    expect(Math.max(...ids.flat())).toBeGreaterThanOrEqual(25);
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

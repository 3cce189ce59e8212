import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Bug, Corrupt, InvalidInput, installedPaths, specialTokens } from '@honyaku/contracts';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { describe, expect, it } from 'vitest';
import { exampleLines } from '../../test/examples.ts';
import { temporaryFolder, writeLines } from '../../test/temporary-files.ts';
import { type ModelPiece, modelTypes, pieceTypes, readModelPieces } from './model-pieces.ts';
import { type SubwordSampler, openSubwordSampler } from './subword-sampler.ts';
import { openTokenizer } from './tokenizer.ts';
import { trainSentencePiece } from './train-sentencepiece.ts';

const pythonPath = installedPaths().sentencepiece;
const { unk, bos, eos, pad } = specialTokens;

function randomOf(seed: number): () => number {
  const generator = xoroshiro128plus(seed);
  return () => uniformFloat64(generator);
}

/** Special pieces at the ids 0 to 3, and the given ones from 4 on. */
function handMade(pieces: readonly Partial<ModelPiece>[], modelType: number = modelTypes.unigram): Buffer {
  const specials = ['<unk>', '<s>', '</s>', '<pad>'].map((text, id) => ({
    text,
    type: id === 0 ? pieceTypes.unknown : pieceTypes.control,
  }));
  const message = (field: number, body: Buffer): Buffer =>
    Buffer.concat([Buffer.from([field * 8 + 2, body.length]), body]);
  const written = [...specials, ...pieces].map(({ text = '', score = 0, type = 1 }: Partial<ModelPiece>) => {
    const float = Buffer.alloc(4);
    float.writeFloatLE(score);
    const rest = Buffer.concat([Buffer.from([0x15]), float, Buffer.from([0x18, type])]);
    return message(1, Buffer.concat([message(1, Buffer.from(text)), rest]));
  });
  return Buffer.concat([...written, message(2, Buffer.from([0x18, modelType]))]);
}

async function samplerOf(...model: Parameters<typeof handMade>): Promise<SubwordSampler> {
  const path = join(await temporaryFolder(), 'hand.model');
  await writeFile(path, handMade(...model));
  return openSubwordSampler(path);
}

const letters = [
  { text: 'a', score: Math.log(0.2) },
  { text: 'b', score: Math.log(0.3) },
  { text: 'ab', score: Math.log(0.1) },
  { text: 'ba', score: Math.log(0.15) },
  { text: 'aba', score: Math.log(0.05) },
  { text: '𠮷', score: Math.log(0.1) },
  { text: '𠮷a', score: Math.log(0.1) },
];
const [a, b, ab, ba, aba, rare, rareA] = [4, 5, 6, 7, 8, 9, 10] as const;

/** Draws and expected shares agree: each count is within 4.5 standard deviations. */
function expectShares(counts: Map<string, number>, weights: Map<string, number>): void {
  const draws = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const total = [...weights.values()].reduce((sum, weight) => sum + weight, 0);
  expect([...counts.keys()].filter((key) => !weights.has(key))).toEqual([]);
  for (const [key, weight] of weights) {
    const share = weight / total;
    const deviation = Math.sqrt(draws * share * (1 - share));
    const off = Math.abs((counts.get(key) ?? 0) - draws * share);
    expect(off, `${key}: ${counts.get(key)} of ${draws}, expected ${draws * share}`).toBeLessThan(
      Math.max(4.5 * deviation, 1),
    );
  }
}

function countDraws(draws: number, draw: () => Uint16Array): Map<string, number> {
  const counts = new Map<string, number>();
  for (let n = 0; n < draws; n += 1) {
    const key = draw().join(' ');
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

describe('a subword sampler', () => {
  it.each([0.2, 1, 3])('draws each segmentation by its probability to the power of %f', async (alpha) => {
    const sample = await samplerOf(letters);
    const segmentations = [
      [a, b, a, rare, a],
      [a, b, a, rareA],
      [ab, a, rare, a],
      [ab, a, rareA],
      [a, ba, rare, a],
      [a, ba, rareA],
      [aba, rare, a],
      [aba, rareA],
    ];
    const weights = new Map(
      segmentations.map((ids) => [
        ids.join(' '),
        Math.exp(alpha * ids.reduce((sum, id) => sum + (letters[id - 4]?.score ?? NaN), 0)),
      ]),
    );
    const random = randomOf(7);
    const ids = Uint16Array.of(aba, rareA);
    expectShares(
      countDraws(40_000, () => sample(ids, alpha, random)),
      weights,
    );
  });

  it('leaves special tokens and pieces that are no ordinary text where they are', async () => {
    const odd = [
      { text: 'ab', score: 9, type: pieceTypes.userDefined },
      { text: 'aba', score: 9, type: pieceTypes.unused },
      { text: '<0x61>', score: 9, type: pieceTypes.byte },
    ];
    const sample = await samplerOf([...letters.slice(0, 2), { text: 'xy', score: -1 }, ...odd]);
    const ids = Uint16Array.of(bos, a, unk, a, b, 7, a, b, a, 8, 9, 9, eos, pad, pad);
    const given = Uint16Array.from(ids);
    for (let seed = 0; seed < 50; seed += 1) expect(sample(ids, 0.1, randomOf(seed))).toEqual(given);
    expect(sample(new Uint16Array(0), 1, randomOf(1))).toEqual(new Uint16Array(0));
    expect(sample(Uint16Array.of(bos, eos), 1, randomOf(1))).toEqual(Uint16Array.of(bos, eos));
  });

  it('never joins text across a special token', async () => {
    const sample = await samplerOf(letters);
    const random = randomOf(3);
    const counts = countDraws(200, () => sample(Uint16Array.of(a, unk, b, a, eos), 0.1, random));
    expect(new Set(counts.keys())).toEqual(new Set([`4 0 5 4 2`, `4 0 7 2`]));
  });

  it('does not underflow on a long sentence', async () => {
    const sample = await samplerOf(letters.map((piece) => ({ ...piece, score: piece.score - 90 })));
    const ids = new Uint16Array(2000).fill(ba);
    expect(sample(ids, 1, randomOf(1)).length).toBeGreaterThan(100);
    expect(sample(ids, 10, () => 1 - 2 ** -53).length).toBeGreaterThan(100);
  });

  it('refuses alpha 0, which is off, and ids of another vocabulary', async () => {
    const sample = await samplerOf(letters);
    for (const alpha of [0, -1, NaN, Infinity])
      expect(() => sample(Uint16Array.of(a), alpha, Math.random)).toThrow(Bug);
    expect(() => sample(Uint16Array.of(99), 1, Math.random)).toThrow(/token id 99 is not in a vocabulary/);
  });

  it('refuses a model that is not unigram', async () => {
    const opening = samplerOf(letters, modelTypes.BPE);
    await expect(opening).rejects.toThrow(InvalidInput);
    await expect(opening).rejects.toThrow(/subwordAlpha: only a unigram tokenizer .* BPE; 0 is allowed/);
  });

  it('of an absent file is corrupt', async () => {
    await expect(openSubwordSampler(join(await temporaryFolder(), 'absent'))).rejects.toThrow(Corrupt);
  });
});

describe.each([
  { side: 'source', vocabularySize: 120, ambiguous: '先生は写真を' },
  { side: 'target', vocabularySize: 56, ambiguous: 'Father bought a car.' },
] as const)('with a trained tokenizer, $side', ({ side, vocabularySize, ambiguous }) => {
  async function trained() {
    const folder = await temporaryFolder();
    const sentences = exampleLines(480).map((line) => line.split('\t')[side === 'source' ? 0 : 1] ?? '');
    await writeLines(join(folder, `${side}.txt`), sentences);
    await trainSentencePiece({ side, vocabularySize, folder, pythonPath });
    const path = join(folder, `${side}.model`);
    const tokenizer = await openTokenizer(path);
    const { pieces } = readModelPieces(await readFile(path), path);
    const sum = (ids: Iterable<number>): number =>
      Array.from(ids).reduce((total, id) => total + (pieces[id]?.score ?? NaN), 0);
    const text = (ids: Iterable<number>): string => Array.from(ids, (id) => pieces[id]?.text).join('');
    const encoded = [...sentences, 'fish 龍 I saw', 'a car'].map((sentence) =>
      Uint16Array.of(bos, ...tokenizer.encode(sentence), eos),
    );
    return { path, sample: await openSubwordSampler(path), encoded, sum, text };
  }

  it('the text stays the same and the segmentation does not, the same random numbers give the same', async () => {
    const { sample, encoded, text } = await trained();
    let changed = 0;
    for (const [seed, ids] of encoded.entries()) {
      const drawn = sample(ids, 0.05, randomOf(seed));
      expect(text(drawn)).toBe(text(ids));
      expect([drawn[0], drawn.at(-1)]).toEqual([bos, eos]);
      expect(drawn.filter((id) => id < 4)).toEqual(ids.filter((id) => id < 4));
      expect(sample(ids, 0.05, randomOf(seed))).toEqual(drawn);
      if (drawn.join() !== ids.join()) changed += 1;
    }
    expect(changed).toBeGreaterThan(encoded.length / 50);
  });

  it('a large alpha gives the best segmentation, the stored one', async () => {
    const { sample, encoded, sum } = await trained();
    for (const [seed, ids] of encoded.entries()) {
      const drawn = sample(ids, 1000, randomOf(seed));
      // SentencePiece adds in 32 bits: among ties to within its rounding it may keep another.
      if (Math.abs(sum(drawn) - sum(ids)) > 1e-4) expect(drawn).toEqual(ids);
    }
  });

  it('draws by the scores that the Python package gives all segmentations', async () => {
    const { path, sample } = await trained();
    const alpha = 0.4;
    const script = `import json, sys, sentencepiece
model = sentencepiece.SentencePieceProcessor(model_file=sys.argv[1])
best = model.nbest_encode_as_immutable_proto(sys.argv[2], nbest_size=1000).nbests
print(json.dumps([[[piece.id for piece in one.pieces], one.score] for one in best]))`;
    const printed = execFileSync('python3', ['-c', script, path, ambiguous], {
      env: { ...process.env, PYTHONPATH: pythonPath },
    });
    const all: [ids: number[], score: number][] = JSON.parse(printed.toString());
    expect(all.length).toBeGreaterThan(1);
    expect(all.length).toBeLessThan(1000);
    const weights = new Map(all.map(([ids, score]) => [ids.join(' '), Math.exp(alpha * score)]));
    const random = randomOf(11);
    const ids = Uint16Array.from(all[0]?.[0] ?? []);
    expectShares(
      countDraws(20_000, () => sample(ids, alpha, random)),
      weights,
    );
  });
});

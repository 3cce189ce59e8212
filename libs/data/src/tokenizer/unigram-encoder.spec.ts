import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Corrupt, InvalidInput, installedPaths } from '@honyaku/contracts';
import fc from 'fast-check';
import { SentencePieceProcessor } from 'sentencepiece-js';
import { describe, expect, it } from 'vitest';
import { exampleLines } from '../../test/examples.ts';
import { temporaryFolder, writeLines } from '../../test/temporary-files.ts';
import { type ModelPieces, modelTypes, pieceTypes, readModelPieces } from './model-pieces.ts';
import { trainSentencePiece } from './train-sentencepiece.ts';
import { unigramEncoder } from './unigram-encoder.ts';

/** A model of both languages, with pieces of several characters in each. */
async function trainedModel(): Promise<{ path: string; model: ModelPieces }> {
  const folder = await temporaryFolder();
  const sentences = exampleLines(400).flatMap((line) => line.split('\t'));
  await writeLines(join(folder, 'source.txt'), [...sentences, 'ｶﾞ 𠮷野 한국 ① é']);
  const pythonPath = installedPaths().sentencepiece;
  await trainSentencePiece({ side: 'source', vocabularySize: 130, folder, pythonPath });
  const path = join(folder, 'source.model');
  return { path, model: readModelPieces(await readFile(path), path) };
}

/** Characters for which SentencePiece's rules have something, besides those of the model. */
const characters = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...exampleLines(80).join('')) },
  fc.constantFrom(
    ' ',
    '  ',
    '\u3000',
    '\u00a0',
    '\u200b',
    '\u00ad',
    '▁',
    '\u0000',
    '\u0007',
    '\ufeff',
    '\ufffd',
  ),
  fc.constantFrom(
    'か\u3099',
    'e\u0301',
    'ｶﾞ',
    '①',
    '㍿',
    'ﷺ',
    '𠮷',
    '🙂',
    '한',
    '\u1112\u1161\u11ab',
    'ﬁ',
    '…',
  ),
  fc.string({ unit: 'binary', maxLength: 3 }),
);
const texts = fc.array(characters, { maxLength: 40 }).map((all) => all.join(''));

describe('an encoder', () => {
  it('gives the ids of SentencePiece for any text', async () => {
    const { path, model } = await trainedModel();
    const encode = unigramEncoder(model, path);
    const sentencePiece = new SentencePieceProcessor();
    await sentencePiece.load(path);
    for (const sentence of exampleLines(480).flatMap((line) => line.split('\t')))
      expect(encode(sentence)).toEqual(sentencePiece.encodeIds(sentence));
    fc.assert(
      fc.property(texts, (text) => {
        expect(encode(text)).toEqual(sentencePiece.encodeIds(text));
      }),
      { numRuns: 5000 },
    );
  });

  it('encodes a sentence the same after longer and shorter ones', async () => {
    const { path, model } = await trainedModel();
    const encode = unigramEncoder(model, path);
    const sentence = 'I saw a book.';
    const first = encode(sentence);
    const long = encode(`${sentence} `.repeat(3000));
    expect(long).toEqual(Array.from({ length: 3000 }, () => first).flat());
    expect(encode(sentence)).toEqual(first);
  });

  it('makes one unknown token of neighbours in no piece', async () => {
    const { path, model } = await trainedModel();
    const encode = unigramEncoder(model, path);
    expect(encode('a龍龍鳳b').filter((id) => id === 0)).toEqual([0]);
    expect(encode('a龍b龍').filter((id) => id === 0)).toEqual([0, 0]);
  });

  it('reads half a UTF-16 pair as the replacement character', async () => {
    const { path, model } = await trainedModel();
    const encode = unigramEncoder(model, path);
    expect(encode('I saw \ud83d')).toEqual(encode('I saw \ufffd'));
    expect(encode('\udc00 fish')).toEqual(encode('\ufffd fish'));
  });

  it('refuses a model of another kind with what it is', async () => {
    const { path, model } = await trainedModel();
    const pieceOf = (type: number) => [...model.pieces, { text: 'x', score: 0, type }];
    const others: readonly [Partial<ModelPieces>, RegExp][] = [
      [{ modelType: modelTypes.BPE }, /is of type BPE; .* unigram/],
      [{ byteFallback: true }, /falls back to bytes/],
      [{ pieces: pieceOf(pieceTypes.byte) }, /falls back to bytes/],
      [{ treatWhitespaceAsSuffix: true }, /spaces in another way/],
      [{ normalizer: { ...model.normalizer, addDummyPrefix: false } }, /spaces in another way/],
      [{ normalizer: { ...model.normalizer, removeExtraWhitespaces: false } }, /spaces in another way/],
      [{ normalizer: { ...model.normalizer, escapeWhitespaces: false } }, /spaces in another way/],
      [{ pieces: pieceOf(pieceTypes.userDefined) }, /pieces that its user defined/],
    ];
    for (const [other, message] of others) {
      const open = () => unigramEncoder({ ...model, ...other }, path);
      expect(open).toThrow(InvalidInput);
      expect(open).toThrow(message);
    }
  });

  it('of a model whose rules for text are damaged is corrupt', async () => {
    const { path, model } = await trainedModel();
    const { charsmap } = model.normalizer;
    for (const damaged of [charsmap.subarray(0, 2), charsmap.subarray(0, 1000), Buffer.alloc(16, 0xff)])
      expect(() =>
        unigramEncoder({ ...model, normalizer: { ...model.normalizer, charsmap: damaged } }, path),
      ).toThrow(Corrupt);
    const withoutForms = Buffer.from(charsmap);
    withoutForms.fill(0xff, 4 + withoutForms.readUInt32LE(0));
    const encode = unigramEncoder(
      { ...model, normalizer: { ...model.normalizer, charsmap: withoutForms } },
      path,
    );
    expect(() => encode('①')).toThrow(Corrupt);
    expect(() => unigramEncoder({ ...model, pieces: model.pieces.slice(1) }, path)).toThrow(
      /no unknown piece/,
    );
  });
});

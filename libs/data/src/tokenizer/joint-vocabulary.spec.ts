import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Bug, Corrupt, InvalidInput, installedPaths, specialTokens } from '@honyaku/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exampleLines } from '../../test/examples.ts';
import { temporaryFolder, writeLines } from '../../test/temporary-files.ts';
import { JointVocabulary, type TokenizerFiles } from './joint-vocabulary.ts';
import { type ModelPieces, readModelPieces } from './model-pieces.ts';
import { openSubwordSampler } from './subword-sampler.ts';
import { openTokenizers } from './tokenizer.ts';
import { trainSentencePiece } from './train-sentencepiece.ts';

const pythonPath = installedPaths().sentencepiece;
const { unk, bos, eos, pad } = specialTokens;
const specials = ['<unk>', '<s>', '</s>', '<pad>'];

interface Trained {
  readonly files: TokenizerFiles & { readonly vocabulary: string };
  readonly source: ModelPieces;
  readonly target: ModelPieces;
  readonly joint: JointVocabulary;
}

/** Models of two languages that have a full stop and numbers in common. */
async function trainedModels(): Promise<Trained> {
  const folder = await temporaryFolder();
  const lines = exampleLines(400).map((line, index) => line.replace('\t', `${index}\t`) + String(index));
  const modelOf = async (side: 'source' | 'target'): Promise<ModelPieces> => {
    await writeLines(
      join(folder, `${side}.txt`),
      lines.map((line) => line.split('\t')[side === 'source' ? 0 : 1] ?? ''),
    );
    await trainSentencePiece({ side, vocabularySize: 80, folder, pythonPath });
    const path = join(folder, `${side}.model`);
    return readModelPieces(await readFile(path), path);
  };
  const [source, target] = [await modelOf('source'), await modelOf('target')];
  const joint = JointVocabulary.unionOf(source, target);
  const files = {
    source: join(folder, 'source.model'),
    target: join(folder, 'target.model'),
    vocabulary: join(folder, 'vocab.json'),
  };
  await writeFile(files.vocabulary, joint.json);
  return { files, source, target, joint };
}

const textsOf = ({ pieces }: ModelPieces) => pieces.slice(specials.length).map(({ text }) => text);

describe('a joint vocabulary', () => {
  it('has the special tokens, the pieces of the source model, and those of the target model that it lacks', async () => {
    const { source, target, joint } = await trainedModels();
    const sources = textsOf(source);
    const more = textsOf(target).filter((text) => !sources.includes(text));
    expect(more.length).toBeLessThan(76);
    const all = [...specials, ...sources, ...more];
    expect(joint.size).toBe(all.length);
    expect([...joint.idsOf(source)]).toEqual(source.pieces.map(({ text }) => all.indexOf(text)));
    expect([...joint.idsOf(target)]).toEqual(target.pieces.map(({ text }) => all.indexOf(text)));
  });

  it('is stored as the vocab.json of Marian, numbers among its pieces too', async () => {
    const { files, source, joint } = await trainedModels();
    const stored: Record<string, number> = JSON.parse(await readFile(files.vocabulary, 'utf8'));
    expect(stored).toMatchObject({ '</s>': 0, '<unk>': 1, '<pad>': joint.size - 2 });
    expect(Object.keys(stored)).toHaveLength(joint.size - 1);
    const [first = ''] = textsOf(source);
    expect(stored[first]).toBe(2);
    expect(Object.keys(stored)).toContain('1');
    const opened = await JointVocabulary.open(files.vocabulary);
    expect(opened.json).toBe(joint.json);
    expect(opened.idsOf(source)).toEqual(joint.idsOf(source));
  });

  it('keeps a piece that is the name of a property of all objects', async () => {
    const { source, target } = await trainedModels();
    const odd = { ...target, pieces: [...target.pieces, { text: '__proto__', score: -1, type: 1 }] };
    const joint = JointVocabulary.unionOf(source, odd);
    const path = join(await temporaryFolder(), 'vocab.json');
    await writeFile(path, joint.json);
    expect((await JointVocabulary.open(path)).decode([joint.size - 1])).toBe('__proto__');
  });

  it('larger than ids in shards allow is refused with the sizes', async () => {
    const { source } = await trainedModels();
    const pieces = Array.from({ length: 65_530 }, (_, index) => ({ text: `x${index}`, score: -1, type: 1 }));
    const union = () => JointVocabulary.unionOf(source, { ...source, pieces });
    expect(union).toThrow(InvalidInput);
    expect(union).toThrow(
      /dataset\.vocabulary: .* 80 source and 65530 target tokens has 65610; at most 65535 are allowed.*vocabularySize/,
    );
  });

  it.each([
    ['not JSON', '{"</s>": 0,', /cannot be read/],
    ['a list', '["</s>", "<unk>", "a", "<pad>"]', /vocab\.json: the id of 0 must be a number/],
    ['with an id twice', '{"</s>": 0, "<unk>": 1, "a": 2, "b": 2, "<pad>": 3}', /the id of b must be/],
    ['with a gap', '{"</s>": 0, "<unk>": 1, "a": 2, "<pad>": 4}', /the id of <pad> must be .* below 4/],
    ['in another order', '{"<unk>": 0, "</s>": 1, "a": 2, "<pad>": 3}', /must have <\/s> at 0/],
    ['without <pad>', '{"</s>": 0, "<unk>": 1, "a": 2}', /<pad> at the end/],
    ['empty', '{}', /must have <\/s> at 0/],
  ])('whose file is %s is corrupt', async (_, text, message) => {
    const path = join(await temporaryFolder(), 'vocab.json');
    await writeFile(path, text);
    await expect(JointVocabulary.open(path)).rejects.toThrow(Corrupt);
    await expect(JointVocabulary.open(path)).rejects.toThrow(message);
  });
});

describe('a tokenizer of a joint vocabulary', () => {
  it('has the pieces of its own model under joint ids, and gives the text back', async () => {
    const { files, joint, ...models } = await trainedModels();
    const separate = await openTokenizers({ source: files.source, target: files.target });
    const tokenizers = await openTokenizers(files);
    for (const side of ['source', 'target'] as const) {
      expect(tokenizers[side].size).toBe(joint.size);
      const ids = joint.idsOf(models[side]);
      const column = side === 'source' ? 0 : 1;
      for (const line of [...exampleLines(50), '\t', '龍 1\tUnknown 龍龍 1']) {
        const text = line.split('\t')[column] ?? '';
        const own = separate[side].encode(text);
        const encoded = tokenizers[side].encode(text);
        expect(encoded).toEqual(own.map((id) => ids[id]));
        expect(tokenizers[side].decode([bos, ...encoded, eos, pad])).toBe(separate[side].decode(own));
      }
    }
  });

  it('has pieces of the other side for characters that its own model lacks, which sampling leaves in place', async () => {
    const { files, joint, source, target } = await trainedModels();
    const tokenizers = await openTokenizers(files);
    const isForeign = ({ text }: { text: string }) =>
      text.length === 1 && !target.pieces.some((piece) => piece.text.includes(text));
    const foreign = source.pieces.slice(specials.length).find(isForeign)?.text ?? '';
    const text = `a book${foreign} and 龍`;
    const ids = tokenizers.target.encode(text);
    expect(ids).toContain(joint.idOf(foreign));
    expect(ids.filter((id) => id === unk)).toHaveLength(1);
    expect(tokenizers.target.decode(ids)).toBe(text.replace('龍', ' ⁇ '));
    // Both together are no piece.
    expect(tokenizers.target.encode(`${foreign}龍`)).toContain(unk);
    const long = tokenizers.target.encode('龍'.repeat(200_000));
    expect(long.filter((id) => id === unk)).toHaveLength(1);

    const sample = await openSubwordSampler(files.target, files.vocabulary);
    const row = Uint16Array.from([bos, ...ids, eos]);
    for (const random of [0.1, 0.9]) {
      const drawn = [...sample(row, 0.1, () => random)];
      expect(tokenizers.target.decode(drawn)).toBe(tokenizers.target.decode(ids));
      expect(drawn.filter((id) => id === joint.idOf(foreign))).toHaveLength(1);
    }
    expect(() => sample(Uint16Array.of(joint.size), 0.1, () => 0.5)).toThrow(Bug);
  });

  it('decodes any pieces of its model as SentencePiece does', async () => {
    const { files, joint, target } = await trainedModels();
    const separate = await openTokenizers({ source: files.source, target: files.target });
    const { target: tokenizer } = await openTokenizers(files);
    const ids = joint.idsOf(target);
    const sequences = fc.array(fc.integer({ min: 0, max: target.pieces.length - 1 }), { maxLength: 12 });
    fc.assert(
      fc.property(sequences, (own) => {
        expect(tokenizer.decode(own.map((id) => ids[id] ?? unk))).toBe(separate.target.decode(own));
      }),
      { numRuns: 5_000 },
    );
  });

  it('decodes pieces that only the model of the other side has as their text', async () => {
    const { files, joint, source } = await trainedModels();
    const tokenizers = await openTokenizers(files);
    const ids = joint.idsOf(source);
    const foreign = source.pieces.findIndex(({ text }) => text.includes('私'));
    const id = ids[foreign] ?? unk;
    const text = (source.pieces[foreign]?.text ?? '').replaceAll('▁', ' ');
    expect(tokenizers.target.decode([...tokenizers.target.encode('a book'), id])).toBe(`a book${text}`);
    expect(() => tokenizers.target.decode([joint.size])).toThrow(Bug);
    expect(() => tokenizers.target.decode([-1])).toThrow(Bug);
  });
});

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InvalidInput, installedPaths } from '@honyaku/contracts';
import { describe, expect, it } from 'vitest';
import { exampleLines } from '../../test/examples.ts';
import { temporaryFolder, writeLines } from '../../test/temporary-files.ts';
import { writeJointVocabulary } from '../dataset/write-joint-vocabulary.ts';
import { checkTokenizers } from './ready-tokenizers.ts';
import { trainSentencePiece } from './train-sentencepiece.ts';

const pythonPath = installedPaths().sentencepiece;

async function trained(): Promise<{ folder: string; source: string; target: string }> {
  const folder = await temporaryFolder();
  for (const [at, side] of (['source', 'target'] as const).entries()) {
    await writeLines(
      join(folder, `${side}.txt`),
      exampleLines(400).map((line) => line.split('\t')[at] ?? ''),
    );
    await trainSentencePiece({ side, vocabularySize: side === 'source' ? 60 : 48, folder, pythonPath });
  }
  return { folder, source: join(folder, 'source.model'), target: join(folder, 'target.model') };
}

describe('tokenizers that were trained elsewhere', () => {
  it('have the sizes of their models, and of their joint vocabulary if they have one', async () => {
    const { folder, source, target } = await trained();
    const pieces = { source: 60, target: 48 };
    expect(await checkTokenizers({ source, target })).toEqual({ pieces, vocabularySize: pieces });
    const { key } = await writeJointVocabulary({ source, target }, folder);
    const joint = await checkTokenizers({ source, target, vocabulary: join(folder, key) });
    expect(joint.pieces).toEqual(pieces);
    expect(joint.vocabularySize.source).toBe(joint.vocabularySize.target);
    expect(joint.vocabularySize.source).toBeGreaterThan(60);
  });

  it('may lack a few pieces in their joint vocabulary, and not most of them', async () => {
    const { folder, source, target } = await trained();
    const { key } = await writeJointVocabulary({ source, target }, folder);
    const vocabulary = join(folder, key);
    const ids: Record<string, number> = JSON.parse(await readFile(vocabulary, 'utf8'));
    const texts = Object.keys(ids).sort((a, b) => (ids[a] ?? 0) - (ids[b] ?? 0));
    const write = (left: readonly string[]) =>
      writeFile(vocabulary, JSON.stringify(Object.fromEntries(left.map((text, id) => [text, id]))));
    await write(texts.filter((_, id) => id !== 5));
    await checkTokenizers({ source, target, vocabulary });
    await write(texts.map((text, id) => (id > 1 && id < texts.length - 1 ? `x${text}` : text)));
    const refused = checkTokenizers({ source, target, vocabulary });
    await expect(refused).rejects.toThrow(InvalidInput);
    await expect(refused).rejects.toThrow(
      /vocab\.json does not fit .*source\.model: it lacks \d+ of \d+ pieces/,
    );
  });

  it('have the special tokens in our order where they have no joint vocabulary', async () => {
    const { folder, source, target } = await trained();
    const other = join(folder, 'other.model');
    const bytes = await readFile(source);
    bytes.write('<bad>', bytes.indexOf('<pad>'));
    await writeFile(other, bytes);
    await expect(checkTokenizers({ source: other, target })).rejects.toThrow(
      /other\.model: the piece 3 is <bad>; it must be <pad>/,
    );
  });
});

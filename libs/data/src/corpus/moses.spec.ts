import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packed, writeZip } from '../../test/archives.ts';
import { readingOf } from '../../test/reading.ts';
import { temporaryFolder } from '../../test/temporary-files.ts';
import { type CorpusFiles } from './corpus-format.ts';

const moses: CorpusFiles = {
  kind: 'moses',
  path: 'de-en.txt.zip',
  sourceLanguage: 'de',
  targetLanguage: 'en',
};
const opus = {
  'Books.de-en.de': 'eins\nzwei\n',
  'Books.de-en.en': 'one\ntwo\n',
  'Books.de-en.xml': '<xml/>',
  README: 'text',
  LICENSE: 'text',
};
const pairs = [
  ['eins', 'one'],
  ['zwei', 'two'],
];

describe('a pair of files as OPUS publishes it', () => {
  it('in a zip is read beside other files, and in either direction', async () => {
    const folder = await temporaryFolder();
    writeZip(join(folder, 'de-en.txt.zip'), opus);
    const { read } = await readingOf({}, folder);
    expect(await read(moses)).toEqual(pairs);
    expect(await read({ ...moses, sourceLanguage: 'en', targetLanguage: 'de' })).toContainEqual([
      'two',
      'zwei',
    ]);
  });

  it('in a folder is read, packed or not, and so are several pairs, by the order of their names', async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'x'));
    for (const [name, text] of Object.entries(opus)) await writeFile(join(folder, 'x', name), text);
    await writeFile(join(folder, 'x', 'A.de_DE'), packed('gzip', 'null\n'));
    await writeFile(join(folder, 'x', 'A.en'), packed('xz', 'zero\n'));
    const { read } = await readingOf({}, folder);
    expect(await read({ ...moses, path: 'x' })).toEqual([['null', 'zero'], ...pairs]);
  });

  it('that lacks a side, or both, is refused with what it has', async () => {
    const folder = await temporaryFolder();
    const { read } = await readingOf({}, folder);
    writeZip(join(folder, 'de-en.txt.zip'), { 'Books.de-fr.de': 'a\n', 'Books.de-fr.fr': 'b\n' });
    await expect(read(moses)).rejects.toThrow(/zip: has Books\.de-fr\.de, but no Books\.de-fr\.en beside it/);
    await expect(read({ ...moses, sourceLanguage: 'ja' })).rejects.toThrow(
      /has no two files that end in \.ja and \.en; it has Books\.de-fr\.de, Books\.de-fr\.fr/,
    );
    writeZip(join(folder, 'de-en.txt.zip'), { ...opus, 'Books.de-en.en': 'one\n' });
    await expect(read(moses)).rejects.toThrow(/Books\.de-en\.de has 2 lines but \S+Books\.de-en\.en has 1/);
  });
});

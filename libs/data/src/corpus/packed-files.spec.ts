import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InvalidInput } from '@honyaku/contracts';
import { describe, expect, it } from 'vitest';
import { packed, writeZip, writeZipBomb, zstdOfTwoPairs } from '../../test/archives.ts';
import { readingOf } from '../../test/reading.ts';
import { temporaryFolder } from '../../test/temporary-files.ts';
import { type CorpusFiles } from './corpus-format.ts';

const tsv: CorpusFiles = { kind: 'tsv', path: 'pairs.tsv', sourceColumn: 0, targetColumn: 1 };
const text = 'eins\tone\nzwei\ttwo\n';
const pairs = [
  ['eins', 'one'],
  ['zwei', 'two'],
];

describe('a packed file', () => {
  it.each([
    ['gzip', packed('gzip', text)],
    [
      'gzip, in several members',
      Buffer.concat([packed('gzip', 'eins\tone\n'), packed('gzip', 'zwei\ttwo\n')]),
    ],
    ['xz', packed('xz', text)],
    ['zstd', zstdOfTwoPairs],
    ['gzip within xz', packed('xz', packed('gzip', text))],
  ])('of %s is read by its content, whatever its name', async (_, bytes) => {
    const { folder, read } = await readingOf({ 'pairs.tsv': bytes });
    expect(await read(tsv)).toEqual(pairs);
    await writeFile(join(folder, 'pairs.txt.gz'), text);
    expect(await read({ ...tsv, path: 'pairs.txt.gz' })).toEqual(pairs);
  });

  it.each([
    ['gzip', packed('gzip', text)],
    ['xz', packed('xz', text)],
    ['zstd', zstdOfTwoPairs],
  ])('of %s that is cut off is refused by name', async (form, bytes) => {
    for (const length of [bytes.length - 1, bytes.length - 5, Math.floor(bytes.length / 2)]) {
      const { read } = await readingOf({ 'pairs.tsv': bytes.subarray(0, length) });
      await expect(read(tsv)).rejects.toThrow(InvalidInput);
      await expect(read(tsv)).rejects.toThrow(
        new RegExp(`pairs\\.tsv: its ${form} data are damaged or cut off`),
      );
    }
  });

  it.each(['gzip', 'xz'] as const)('of %s is read beside another', async (form) => {
    const lines = (word: string) =>
      Array.from({ length: 50_000 }, (_, index) => `${word} ${index}\n`).join('');
    const { read } = await readingOf({
      'a.de': packed(form, lines('eins')),
      'a.en': packed(form, lines('one')),
    });
    const found = await read({ kind: 'parallel', source: ['a.de', 'a.de'], target: ['a.en', 'a.en'] });
    expect(found).toHaveLength(100_000);
    expect(found.at(-1)).toEqual(['eins 49999', 'one 49999']);
  });

  it('that is packed three times is refused', async () => {
    const { read } = await readingOf({ 'pairs.tsv': packed('gzip', packed('xz', packed('gzip', text))) });
    await expect(read(tsv)).rejects.toThrow(/pairs\.tsv: is compressed more than 2 times/);
  });

  it('that is a zip of one text is read, and of several refused with their names', async () => {
    const folder = await temporaryFolder();
    const { read } = await readingOf({}, folder);
    writeZip(join(folder, 'pairs.tsv'), { 'folder/pairs.txt': text });
    expect(await read(tsv)).toEqual(pairs);
    writeZip(join(folder, 'pairs.tsv'), { 'a.txt': text, 'b.txt': text });
    await expect(read(tsv)).rejects.toThrow(
      /pairs\.tsv: is a zip of 2 files \(a\.txt, b\.txt\), and one text/,
    );
    await writeFile(join(folder, 'pairs.tsv'), Buffer.from('504b0304deadbeef', 'hex'));
    await expect(read(tsv)).rejects.toThrow(/pairs\.tsv: is not a readable zip/);
  });

  it.each(['../escaped.txt', '/etc/escaped.txt', 'a/../../escaped.txt', 'a\\..\\escaped.txt'])(
    'that is a zip with the name %s is refused',
    async (name) => {
      const folder = await temporaryFolder();
      writeZip(join(folder, 'pairs.tsv'), { [name]: text });
      const { read } = await readingOf({}, folder);
      await expect(read(tsv)).rejects.toThrow(InvalidInput);
      await expect(read(tsv)).rejects.toThrow(
        /pairs\.tsv: is not a readable zip .*(relative|absolute) path|invalid char/,
      );
    },
  );

  it('of zstd that grows as no text does within a few bytes is refused, too', async () => {
    const header = Buffer.from('28b52ffd0038', 'hex');
    // A block of 128 KiB of the letter x, ten thousand times.
    const block = Buffer.from('02001078', 'hex');
    const { read } = await readingOf({
      'pairs.tsv': Buffer.concat([header, ...Array<Buffer>(10_000).fill(block)]),
    });
    await expect(read(tsv)).rejects.toThrow(/pairs\.tsv: holds more than 100 times its own size/);
  });

  it('that grows as no text does is refused before it fills anything', async () => {
    const folder = await temporaryFolder();
    writeZipBomb(join(folder, 'pairs.tsv'), 80 * 1024 ** 2);
    const { read } = await readingOf({}, folder);
    await expect(read(tsv)).rejects.toThrow(/pairs\.tsv: holds more than 100 times its own size/);
  });
});

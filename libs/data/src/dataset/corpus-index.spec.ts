import { truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Corrupt, InvalidInput } from '@honyaku/contracts';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../test/temporary-files.ts';
import { CorpusIndex } from './corpus-index.ts';

/** Opened so that it is read from memory, or from disk. */
const places = [
  ['memory', undefined],
  ['disk', 0],
] as const;

async function indexOf(text: string | Buffer, mostHeld: number | undefined) {
  const path = join(await temporaryFolder(), 'pairs.tsv');
  await writeFile(path, text);
  return { path, corpus: await CorpusIndex.open(path, mostHeld === undefined ? {} : { mostHeld }) };
}

describe.each(places)('a corpus read from %s', (place, mostHeld) => {
  it('has its pairs by their lines, whatever ends these, here and in another thread', async () => {
    const { corpus } = await indexOf('\ufeff猫。\tA cat.\r\n犬。\tA dog.\n𠮷。\tLuck.', mostHeld);
    expect(corpus.indexed.bytes === undefined).toBe(place === 'disk');
    for (const index of [corpus, new CorpusIndex(structuredClone(corpus.indexed))]) {
      expect(index.length).toBe(3);
      expect([2, 0, 1].map((line) => index.pair(line))).toEqual([
        { source: '𠮷。', target: 'Luck.' },
        { source: '猫。', target: 'A cat.' },
        { source: '犬。', target: 'A dog.' },
      ]);
      index.close();
    }
  });

  it('names the line that is not UTF-8 or no pair', async () => {
    const { path, corpus } = await indexOf(
      Buffer.concat([
        Buffer.from('猫。\tA cat.\n'),
        Buffer.from([0xff, 9, 0x61, 10]),
        Buffer.from('one side\n'),
      ]),
      mostHeld,
    );
    expect(() => corpus.pair(1)).toThrow(InvalidInput);
    expect(() => corpus.pair(1)).toThrow(`${path}, line 2: is not UTF-8`);
    expect(() => corpus.pair(2)).toThrow(`${path}, line 3: must be two sentences`);
    corpus.close();
  });
});

it('a corpus that becomes shorter while it is read from disk is corrupt', async () => {
  const { path, corpus } = await indexOf('猫。\tA cat.\n犬。\tA dog.\n', 0);
  await truncate(path, 20);
  expect(() => corpus.pair(1)).toThrow(Corrupt);
  corpus.close();
});

it('an empty corpus is refused', async () => {
  await expect(indexOf('', undefined)).rejects.toThrow(/holds no sentence pairs/);
});

import { InvalidInput } from '@honyaku/contracts';
import { describe, expect, it } from 'vitest';
import { packed } from '../../test/archives.ts';
import { readingOf } from '../../test/reading.ts';
import { type CorpusFiles } from './corpus-format.ts';

const tmx: CorpusFiles = { kind: 'tmx', path: 'a.tmx', sourceLanguage: 'de', targetLanguage: 'en' };
const head = '<?xml version="1.0" encoding="UTF-8"?>\n';
const document = (body: string, doctype = '<!DOCTYPE tmx SYSTEM "tmx14.dtd">') =>
  `${head}${doctype}\n<tmx version="1.4"><header srclang="de"/>\n<body>\n${body}\n</body></tmx>\n`;
const unit = (de: string, en: string) =>
  `<tu><tuv xml:lang="de"><seg>${de}</seg></tuv><tuv xml:lang="en"><seg>${en}</seg></tuv></tu>\n`;

describe('TMX', () => {
  it('gives the variants of both languages, without codes of other formats, on one line', async () => {
    const { read } = await readingOf({
      'a.tmx':
        '\uFEFF' +
        document(
          unit('eins &amp; &#x732B;', '<hi type="b">one</hi> &lt;cat&gt;') +
            unit(
              '<bpt i="1">&lt;b&gt;</bpt>zwei<ept i="1">&lt;/b&gt;</ept>\r\n  drei',
              '<![CDATA[two & three]]>',
            ) +
            '<tu><note>four</note><prop type="x">5</prop><tuv xml:lang="EN-US"><seg>a\u2028b\u0085c</seg></tuv>' +
            '<tuv xml:lang="fr"><seg>non</seg></tuv><tuv xml:lang="de-AT"><seg>vier</seg></tuv></tu>',
        ),
    });
    expect(await read(tmx)).toEqual([
      ['eins & 猫', 'one <cat>'],
      ['zwei drei', 'two & three'],
      ['vier', 'a\u2028b\u0085c'],
    ]);
  });

  it('is read as a stream, packed, from parts that cut characters and tags', async () => {
    const units = Array.from({ length: 20_000 }, (_, index) =>
      unit(`ä${'あ'.repeat(index % 7)}`, `line ${index}`),
    );
    const { read } = await readingOf({ 'a.tmx': packed('gzip', document(units.join(''))) });
    const pairs = await read(tmx);
    expect(pairs).toHaveLength(20_000);
    expect(pairs.at(-1)).toEqual([`ä${'あ'.repeat(19_999 % 7)}`, 'line 19999']);
  });

  it('gives an empty side where a unit lacks a language, and each of several variants', async () => {
    const { read } = await readingOf({
      'a.tmx': document(
        `${unit('eins', 'one').replace('</tu>', '<tuv xml:lang="en"><seg>a one</seg></tuv></tu>')}` +
          '<tu><tuv xml:lang="de"><seg>zwei</seg></tuv></tu>',
      ),
    });
    expect(await read(tmx)).toEqual([
      ['eins', 'one'],
      ['eins', 'a one'],
      ['zwei', ''],
    ]);
  });

  it.each([
    [
      'an external entity',
      document(unit('&x;', 'one'), '<!DOCTYPE tmx [ <!ENTITY x SYSTEM "file:///etc/passwd"> ]>'),
      /a\.tmx, line 2: declares entities, which are not read/,
    ],
    [
      'entities that grow',
      document(unit('&b;', 'x'), '<!DOCTYPE tmx [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>'),
      /line 2: declares entities/,
    ],
    ['an entity that nobody declared', document(unit('&x;', 'one')), /line 5: is not XML \(.*entity/],
    ['a tag that is not closed', document(unit('eins', 'one').replace('</seg>', '')), /line 5: is not XML/],
    [
      'another outermost element',
      `${head}<html></html>`,
      /line 2: is no TMX: its outermost element is <html>/,
    ],
    ['text', 'eins\tone', /line 1: is not XML/],
    [
      'a variant without a language',
      document(unit('a', 'b').replace(' xml:lang="de"', '')),
      /line 5: a variant/,
    ],
    ['another encoding', head.replace('UTF-8', 'ISO-8859-1'), /line 1: is declared to be ISO-8859-1; save/],
    [
      'neither language',
      document(unit('a', 'b').replaceAll('"de"', '"ja"')),
      /no unit in both de and en; its lang.* ja, en/,
    ],
    ['NUL', document(unit('a\0', 'b')), /line 5: is not XML/],
  ])('with %s is refused by line', async (_, content, message) => {
    const { read } = await readingOf({ 'a.tmx': content });
    await expect(read(tmx)).rejects.toThrow(InvalidInput);
    await expect(read(tmx)).rejects.toThrow(message);
  });

  it('that is cut off anywhere is refused', async () => {
    const whole = Buffer.from(document(unit('eins', 'one') + unit('zwei', 'two')));
    for (let length = 20; length < whole.length - 1; length += 17) {
      const { read } = await readingOf({ 'a.tmx': whole.subarray(0, length) });
      await expect(read(tmx)).rejects.toThrow(InvalidInput);
    }
  });

  it('with bytes that are not UTF-8 is refused by the line that has them', async () => {
    const bytes = Buffer.concat([
      Buffer.from(document(unit('eins', 'one')).replace('</body>', '')),
      Buffer.from([0x83, 0x65]),
    ]);
    const { read } = await readingOf({ 'a.tmx': bytes });
    await expect(read(tmx)).rejects.toThrow(/a\.tmx, line 8: is not UTF-8; save the file as UTF-8/);
  });

  it('with a segment that never ends, or elements that nest without end, is refused before it fills the memory', async () => {
    const { read } = await readingOf({
      'a.tmx': document(unit('a'.repeat(9 << 20), 'b')),
      'b.tmx': `${head}<tmx>${'<x>'.repeat(1_000)}`,
    });
    await expect(read(tmx)).rejects.toThrow(
      /a\.tmx, line 5: holds more than 4194304 characters without a tag/,
    );
    await expect(read({ ...tmx, path: 'b.tmx' })).rejects.toThrow(/nests more than 64 elements/);
  });
});

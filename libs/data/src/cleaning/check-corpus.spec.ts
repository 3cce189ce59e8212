import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CleaningSettings } from '@honyaku/contracts';
import { describe, expect, it } from 'vitest';
import { writeZip } from '../../test/archives.ts';
import { temporaryFolder } from '../../test/temporary-files.ts';
import { guessForm } from '../corpus/guess-form.ts';
import { checkCorpus } from './check-corpus.ts';

const clean = [
  ['Das ist ein Buch.', 'This is a book.'],
  ['Ich habe einen Hund.', 'I have a dog.'],
  ['Wir gehen nach Hause.', 'We are going home.'],
] as const;

/** Ten kinds of dirt, as corpora of the web have them. */
const dirt = {
  oneSided: ['', 'Nobody translated this.'],
  encoding: ['FÃ¼r immer.', 'For ever.'],
  markup: ['<div><a href="/x">Mehr</a></div>', 'More about it'],
  noWords: ['12.03.2020 – 17:45', '12/03/2020 – 17:45'],
  tooLong: ['Wort '.repeat(500).trim(), 'word '.repeat(500).trim()],
  identical: ['Copyright Acme Corporation', 'Copyright Acme Corporation'],
  ratio: ['Ja.', `Yes, ${'and so on '.repeat(20).trim()}`],
  script: ['Добро пожаловать в Москву', 'Welcome to Moscow'],
  language: [
    'Le gouvernement a annoncé hier soir une nouvelle loi sur le travail.',
    'The government announced a new labour law last night.',
  ],
  duplicate: clean[0],
  control: ['Ein Wort mit\u200bLücke.', 'A word with a gap.'],
} as const;

async function checked(
  files: Readonly<Record<string, string | Buffer>>,
  names: readonly string[],
  known = {},
) {
  const folder = await temporaryFolder();
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  const paths = names.map((name) => join(folder, name));
  const source = await guessForm(paths, known);
  const places = { baseFolder: folder, tatoebaPairs: 'absent' };
  return checkCorpus(source, places, CleaningSettings.parse({}), () => Promise.resolve());
}

describe('the check of a corpus', () => {
  it('names ten kinds of dirt in a zip as OPUS publishes it, at once', async () => {
    const pairs = [...clean, ...Object.values(dirt)];
    const folder = await temporaryFolder();
    const zip = join(folder, 'de-en.txt.zip');
    writeZip(zip, {
      README: 'Of the web.',
      'Web.de-en.de': pairs.map(([source]) => `${source}\n`).join(''),
      'Web.de-en.en': pairs.map(([, target]) => `${target}\n`).join(''),
    });
    const places = { baseFolder: folder, tatoebaPairs: 'absent' };
    const settings = CleaningSettings.parse({});
    const found = await checkCorpus(await guessForm([zip], {}), places, settings, () => Promise.resolve());
    expect(found).toMatchObject({ pairs: 14, refused: [], languages: { source: 'de', target: 'en' } });
    const { control, left } = found.cleaning;
    const all = { ...left, ...(control ? { control } : {}) };
    expect(Object.keys(all).sort()).toEqual(Object.keys(dirt).sort());
    for (const finding of Object.values(all)) expect(finding.pairs).toBe(1);
    expect(left.oneSided?.examples).toEqual([
      { file: `${zip}/Web.de-en.de`, line: 4, source: '', target: 'Nobody translated this.' },
    ]);
  });

  it('goes on past lines that a submission would refuse, and names them all', async () => {
    const source = Buffer.concat([
      Buffer.from('eins\n'),
      Buffer.from([0xe4, 0x0a]),
      Buffer.from('drei\0\nvier\n'),
      Buffer.from([0xfc, 0x0a]),
    ]);
    const found = await checked({ 'a.de': source, 'a.en': '1\ntwo\nthree\nfour\nfive\nsix\n' }, [
      'a.de',
      'a.en',
    ]);
    expect(found.refused).toMatchObject([
      {
        kind: 'encoding',
        count: 2,
        examples: [/line 2: is not UTF-8/, /line 5: is not UTF-8/].map(matching),
      },
      { kind: 'nul', count: 1 },
      { kind: 'stopped', count: 1, examples: [matching(/a\.de has 5 lines but \S+a\.en has 6/)] },
    ]);
    expect(found.pairs).toBe(2);
    expect(found.cleaning.left).toMatchObject({ noWords: { pairs: 1 } });
  });

  it.each([
    ['text with tabs', 'eins\tone\nzwei\n', {}, { kind: 'column', count: 1 }],
    ['text with tabs that begins with a tag', '<p>eins</p>\tone\nzwei\n', {}, { kind: 'column', count: 1 }],
    ['JSON lines', '{"translation":{"de":"eins","en":"one"}}\n{"x":1}\n', {}, { kind: 'field', count: 1 }],
    ['TMX', '<tmx><body>', { sourceLanguage: 'de', targetLanguage: 'en' }, { kind: 'stopped', count: 1 }],
    ['nothing', '', {}, { kind: 'stopped', count: 1 }],
  ])('knows %s by its content', async (_, content, known, refusal) => {
    const { refused } = await checked({ file: content }, ['file'], known);
    expect(refused).toMatchObject([refusal]);
  });

  it('asks for languages where a form needs them', async () => {
    await expect(checked({ file: '<tmx/>' }, ['file'])).rejects.toThrow(/say --source and --target/);
    await expect(checked({}, ['a', 'b', 'c'])).rejects.toThrow(
      /give one file, or the two files of parallel text/,
    );
    await expect(checked({}, ['absent'])).rejects.toThrow(/absent: there is no such file/);
  });
});

function matching(pattern: RegExp): unknown {
  return expect.stringMatching(pattern);
}

import { createHash } from 'node:crypto';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InvalidInput, Unavailable } from '@honyaku/contracts';
import { describe, expect, it } from 'vitest';
import { temporaryFolder, writeLines } from '../../test/temporary-files.ts';
import { type CorpusFiles } from './corpus-format.ts';
import { validateCorpusFile } from './pairs-file.ts';
import { writeCorpus } from './write-corpus.ts';

const parallel: CorpusFiles = { kind: 'parallel', source: 'a.ja', target: 'a.en' };
const tsv: CorpusFiles = { kind: 'tsv', path: 'a.tsv', sourceColumn: 0, targetColumn: 1 };

async function written(files: Record<string, string | Buffer>, source: CorpusFiles) {
  const folder = await temporaryFolder();
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  const output = join(folder, 'pairs.tsv');
  const result = await writeCorpus(source, folder, join(folder, 'tatoeba.tsv'), output).catch(
    (error: unknown) => error,
  );
  return { folder, output, result };
}

describe('a corpus of two parallel files', () => {
  it('becomes a pairs file whose digest is the sha256 of its bytes', async () => {
    const { output, result } = await written(
      { 'a.ja': '\uFEFF猫。\r\n 犬\tと鳥。\n', 'a.en': 'A cat.\nDog and bird.' },
      { ...parallel, licence: 'CC0' },
    );
    const bytes = await readFile(output);
    expect(bytes.toString()).toBe('猫。\tA cat.\n犬 と鳥。\tDog and bird.\n');
    const digest = createHash('sha256').update(bytes).digest('hex');
    expect(result).toEqual({
      digest,
      bytes: bytes.length,
      pairs: 2,
      name: 'a.ja and a.en',
      licence: 'CC0',
      sourceLanguage: 'ja',
      targetLanguage: 'en',
    });
    expect(await validateCorpusFile(output)).toEqual({ digest, bytes: bytes.length, pairs: 2 });
  });

  it.each([
    ['train.de', 'train.ja', {}, 'de', 'ja'],
    ['dev.zh-CN', 'dev.en.txt', {}, 'zh-CN', 'en'],
    ['dev.zh_Hant.txt', 'dev.pt_BR', {}, 'zh-Hant', 'pt-BR'],
    ['dev.de-fr', 'dev.en-orig', {}, 'de', 'en'],
    ['train.src', 'train.tok', {}, 'und', 'und'],
    ['a.txt', 'b', { targetLanguage: 'ja' }, 'und', 'ja'],
    ['train.ja', 'train.en', { sourceLanguage: 'ain' }, 'ain', 'en'],
    ['train.jpn', 'train.eng', {}, 'ja', 'en'],
    ['a', 'b', { sourceLanguage: 'zh-hant', targetLanguage: 'deu' }, 'zh-Hant', 'de'],
  ])('of %s and %s with %j is %s → %s', async (source, target, named, sourceLanguage, targetLanguage) => {
    const files = { [source]: 'eins\n', [target]: 'one\n' };
    const { result } = await written(files, { kind: 'parallel', source, target, ...named });
    expect(result).toMatchObject({ sourceLanguage, targetLanguage });
  });

  it('with uneven sides is refused with both counts', async () => {
    const { result } = await written({ 'a.ja': '一\n二\n三\n四\n', 'a.en': 'one\ntwo\n' }, parallel);
    expect(result).toBeInstanceOf(InvalidInput);
    expect(String(result)).toMatch(/a\.ja has 4 lines but \S+a\.en has 2;.*line 3/);
  });

  it('with an empty line is refused by file and line, and leaves no file behind', async () => {
    const { folder, result } = await written({ 'a.ja': '一\n二\n', 'a.en': 'one\n  \n' }, parallel);
    expect(result).toBeInstanceOf(InvalidInput);
    expect(String(result)).toMatch(/a\.en, line 2: the line is empty/);
    expect((await readdir(folder)).sort()).toEqual(['a.en', 'a.ja']);
  });

  it('with empty sides is written where cleaning is to leave them out', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'a.ja'), '一\n \n\n');
    await writeFile(join(folder, 'a.en'), 'one\ntwo\n\n');
    const output = join(folder, 'pairs.tsv');
    const { pairs } = await writeCorpus(parallel, folder, 'absent', output, { keepsOneSided: true });
    expect(pairs).toBe(3);
    expect(await readFile(output, 'utf8')).toBe('一\tone\n\ttwo\n\t\n');
    expect(await validateCorpusFile(output)).toMatchObject({ pairs: 3 });
  });

  it('with bytes that are not UTF-8 is refused by file and line', async () => {
    const shiftJis = Buffer.concat([Buffer.from('一\n二\n'), Buffer.from([0x83, 0x65, 0x0a])]);
    const { result } = await written({ 'a.ja': shiftJis, 'a.en': '1\n2\n3\n' }, parallel);
    expect(result).toBeInstanceOf(InvalidInput);
    expect(String(result)).toMatch(/a\.ja, line 3: is not UTF-8/);
  });

  it.each([
    ['NUL', Buffer.from('一\n二\0\n'), /a\.ja, line 2: holds a NUL character/],
    ['lines that end in CR alone', Buffer.from('一\r二\r'), /a\.ja, line 1: lines must end in LF or CRLF/],
    ['UTF-16', Buffer.from('\uFEFF一\n二\n', 'utf16le'), /a\.ja, line 1: is UTF-16 or UTF-32; save/],
  ])('with %s is refused by file, line and cause', async (_, source, message) => {
    const { result } = await written({ 'a.ja': source, 'a.en': 'one\ntwo\n' }, parallel);
    expect(result).toBeInstanceOf(InvalidInput);
    expect(String(result)).toMatch(message);
  });

  it('with a line of one MiB that ends in CR alone is refused with that cause', async () => {
    const { result } = await written({ 'a.ja': '一\r'.repeat(1 << 19), 'a.en': 'one\n' }, parallel);
    expect(String(result)).toMatch(/line 1: is longer than 1048576 bytes; lines must end in LF or CRLF/);
  });

  it('keeps a carriage return or a line separator within a sentence in its line', async () => {
    const { output } = await written({ 'a.ja': '一\r二\u2028三\n四\n', 'a.en': 'one\ntwo\n' }, parallel);
    expect(await readFile(output, 'utf8')).toBe('一\r二\u2028三\tone\n四\ttwo\n');
  });

  it('without pairs, or of which a file is absent or a folder, is refused by name', async () => {
    expect(String((await written({ 'a.ja': '', 'a.en': '' }, parallel)).result)).toMatch(
      /InvalidInput: .*a\.ja and .*a\.en: holds no sentence pairs/,
    );
    expect(String((await written({ 'a.ja': '一\n' }, parallel)).result)).toMatch(
      /InvalidInput: .*a\.en: there is no such file/,
    );
    expect(String((await written({ 'a.ja': '一\n' }, { ...parallel, target: '.' })).result)).toMatch(
      /InvalidInput: .*: is a folder/,
    );
  });

  it('with a line that never ends is refused before it fills the memory', async () => {
    const { result } = await written({ 'a.ja': Buffer.alloc(3 << 20, 'x'), 'a.en': 'x\n' }, parallel);
    expect(String(result)).toMatch(/InvalidInput: .*a\.ja, line 1: is longer than 1048576 bytes/);
  });
});

describe('a corpus of one file with tabs', () => {
  it('is read from the columns that the source names', async () => {
    const { output, result } = await written(
      { 'a.tsv': '7\tOne.\tja\t一。\n8\tTwo.\tja\t二。\n' },
      { ...tsv, sourceColumn: 3, targetColumn: 1 },
    );
    expect(result).toMatchObject({ pairs: 2, name: 'a.tsv', licence: 'not stated' });
    expect(result).toMatchObject({ sourceLanguage: 'und', targetLanguage: 'und' });
    expect(await readFile(output, 'utf8')).toBe('一。\tOne.\n二。\tTwo.\n');
  });

  it('with lines that end in CR alone among others is refused; a CR within a sentence is not', async () => {
    const mixed = await written({ 'a.tsv': '一\tone\n二\ttwo\r三\tthree\n' }, tsv);
    expect(String(mixed.result)).toMatch(
      /InvalidInput: .*a\.tsv, line 2: holds several rows with a carriage/,
    );
    const within = await written({ 'a.tsv': '一\tone\n二\ttwo\rtoo\n' }, tsv);
    expect(within.result).toMatchObject({ pairs: 2 });
  });

  it('that lacks a column somewhere is refused by line and column', async () => {
    const missing = await written({ 'a.tsv': '一\tone\n二\n' }, tsv);
    expect(String(missing.result)).toMatch(
      /InvalidInput: .*a\.tsv, line 2: there is no column 1: the line has 1/,
    );
    const empty = await written({ 'a.tsv': '一\tone\n \ttwo\n' }, tsv);
    expect(String(empty.result)).toMatch(/InvalidInput: .*a\.tsv, line 2: column 0 is empty/);
    const blank = await written({ 'a.tsv': '一\tone\n\n三\tthree\n' }, tsv);
    expect(String(blank.result)).toMatch(/InvalidInput: .*a\.tsv, line 2: the line is empty/);
  });
});

describe('quotes in a file with tabs', () => {
  const sentence = '"He said ""no""."';
  const ofQuotes = (content: string, quotes?: 'csv' | 'none') =>
    written({ 'a.tsv': content }, { ...tsv, ...(quotes ? { quotes } : {}) });

  it('that only a spreadsheet writes are refused by line, and the message says what to set', async () => {
    const { result } = await ofQuotes(`一\tone\n二\t${sentence}\n`);
    expect(result).toBeInstanceOf(InvalidInput);
    expect(String(result)).toMatch(
      /a\.tsv, line 2: column 1 looks quoted by a spreadsheet; say `quotes: csv`/,
    );
  });

  it('around every sentence are refused', async () => {
    const { result } = await ofQuotes('"一"\t"one"\n"二"\t"two"\n');
    expect(String(result)).toMatch(
      /InvalidInput: .*a\.tsv: every sentence of column 0 looks quoted by a spreadsheet/,
    );
  });

  it.each([
    ['every sentence of one column', '"一"\tone\n"二"\ttwo\n', /every sentence of column 0 looks/],
    ['every sentence below a header', 'ja\ten\n一\t"one"\n二\t"two"\n', /of column 1 looks/],
    [
      'the sentences with a comma, as Excel does',
      '一\t"one, two"\n二\ttwo\n三\t"three, four"\n',
      /every sentence with ",", and no other, looks/,
    ],
    [
      'the sentences with a semicolon, as Excel does in German',
      '"一;二"\tone, two\n二\t"two; too"\n三\tthree\n',
      /every sentence with ";", and no other, looks/,
    ],
  ])('around %s are refused', async (_, content, message) => {
    const { result } = await ofQuotes(content);
    expect(result).toBeInstanceOf(InvalidInput);
    expect(String(result)).toMatch(message);
    expect((await ofQuotes(content, 'none')).result).toMatchObject({ licence: 'not stated' });
  });

  it.each([
    ['one of the sentences with a comma is not quoted', '一\t"one, two"\n二\ttwo, too\n三\t"three, four"\n'],
    ['one quoted sentence has no comma', '一\t"one, two"\n二\t"two"\n三\t"three, four"\n四\tfour\n'],
    ['there is one quoted sentence', '一\t"one, two"\n二\ttwo\n三\tthree\n'],
  ])('are text where %s', async (_, content) => {
    expect(await readFile((await ofQuotes(content)).output, 'utf8')).toBe(content);
  });

  it('around some sentences are text', async () => {
    const { output } = await ofQuotes('一\t"One," he said.\n「二」\t"Two!"\n"三\t3" or "4"\n');
    expect(await readFile(output, 'utf8')).toBe('一\t"One," he said.\n「二」\t"Two!"\n"三\t3" or "4"\n');
  });

  it('are taken off or kept as the source says', async () => {
    const content = `"一"\t${sentence}\r\n二\t"two"\r\n`;
    const csv = await ofQuotes(content, 'csv');
    expect(await readFile(csv.output, 'utf8')).toBe('一\tHe said "no".\n二\ttwo\n');
    const none = await ofQuotes(content, 'none');
    expect(await readFile(none.output, 'utf8')).toBe(`"一"\t${sentence}\n二\t"two"\n`);
  });

  it.each(['一\t"one\ntwo"\n', '"一\t二"\tone\n', '一\t"one" two\n', '""\tone\n'])(
    'that hold no sentence are refused by line: %j',
    async (content) => {
      const { result } = await ofQuotes(content, 'csv');
      expect(result).toBeInstanceOf(InvalidInput);
      expect(String(result)).toMatch(/a\.tsv, line 1: column [01] (begins with a quote|is empty)/);
    },
  );
});

describe('the Tatoeba corpus', () => {
  it('names its licence', async () => {
    const { result } = await written({ 'tatoeba.tsv': '一\tone\n' }, { kind: 'tatoeba' });
    expect(result).toMatchObject({ pairs: 1, licence: 'CC BY 2.0 FR (Tatoeba)' });
    expect(result).toMatchObject({ sourceLanguage: 'ja', targetLanguage: 'en' });
  });

  it('in the other direction has its sides the other way round', async () => {
    const corpus: CorpusFiles = { kind: 'tatoeba', source: 'en', target: 'ja' };
    const { output, result } = await written({ 'tatoeba.tsv': '一\tone\n' }, corpus);
    expect(result).toMatchObject({ name: 'Tatoeba en-ja', sourceLanguage: 'en', targetLanguage: 'ja' });
    expect(await readFile(output, 'utf8')).toBe('one\t一\n');
  });

  it.each([
    ['de', 'en', 'eins\tone\nzwei\ttwo\n'],
    ['fr', 'de', 'un\teins\n'],
    ['ja', 'de', '一\teins\n一つ\teins\n二\tzwei\n'],
  ] as const)('of %s and %s has each pair once, by way of the Japanese', async (source, target, pairs) => {
    const folder = await temporaryFolder();
    const rows = ['一\tone\teins\tun\t', '一つ\tone\teins\tun\t', '三\tthree\t\t\ttres', '二\ttwo\tzwei\t\t'];
    const tatoebaSentences = await writeLines(join(folder, 'sentences.tsv'), rows);
    const output = join(folder, 'pairs.tsv');
    const options = { tatoebaSentences };
    await writeCorpus({ kind: 'tatoeba', source, target }, folder, 'absent', output, options);
    expect(await readFile(output, 'utf8')).toBe(pairs);
    const absent = { tatoebaSentences: join(folder, 'absent') };
    await expect(
      writeCorpus({ kind: 'tatoeba', source, target }, folder, output, output, absent),
    ).rejects.toThrow(/absent; run `npm run setup -- --languages` to fetch them/);
  });

  it('that set-up has not fetched is an error that says how to get it', async () => {
    const { result } = await written({}, { kind: 'tatoeba' });
    expect(result).toBeInstanceOf(Unavailable);
    expect(String(result)).toMatch(/npm run setup/);
  });
});

describe('a file that claims to be a pairs file', () => {
  it.each([
    ['a third column', '一\tone\n二\ttwo\tzwei\n', /line 2: must be two sentences .* has 2 tabs/],
    ['no tab', 'hello\n', /line 1: must be two sentences .* has 0 tabs/],
    ['NUL in it', '一\tone\0\n', /line 1: holds a NUL character/],
    ['nothing in it', '', /holds no sentence pairs/],
  ])('with %s is refused', async (_, content, message) => {
    const path = join(await temporaryFolder(), 'pairs.tsv');
    await writeFile(path, content);
    await expect(validateCorpusFile(path)).rejects.toThrow(InvalidInput);
    await expect(validateCorpusFile(path)).rejects.toThrow(message);
  });

  it('of many blocks keeps every character that a block boundary cuts', async () => {
    const path = join(await temporaryFolder(), 'pairs.tsv');
    const lines = Array.from(
      { length: 20_000 },
      (_, index) => `${'あ'.repeat(index % 7)}文${index}\tline ${index}`,
    );
    await writeLines(path, lines);
    expect((await validateCorpusFile(path)).pairs).toBe(20_000);
  });
});

import { describe, expect, it } from 'vitest';
import { readingOf } from '../../test/reading.ts';
import { type CorpusFiles } from './corpus-format.ts';
import { type ReadingProblem } from './reading-problems.ts';

const jsonl: CorpusFiles = { kind: 'jsonl', path: 'a.jsonl', sourceLanguage: 'de', targetLanguage: 'en' };
const line = (de: unknown, en: unknown) => `${JSON.stringify({ id: 1, translation: { de, en } })}\n`;

describe('JSON lines', () => {
  it("of Hugging Face's form are read by the languages, sentences of several lines on one", async () => {
    const { read } = await readingOf({
      'a.jsonl': `\uFEFF${line('eins', 'one')}${line('zwei\tund\r\ndrei', ' two\u2028 and\u0085 three ')}`,
    });
    expect(await read(jsonl)).toEqual([
      ['eins', 'one'],
      ['zwei und drei', 'two\u2028 and\u0085 three'],
    ]);
    expect(await read({ ...jsonl, sourceLanguage: 'en', targetLanguage: 'de' })).toContainEqual([
      'one',
      'eins',
    ]);
  });

  it('of another form are read by the fields that the source names', async () => {
    const { read } = await readingOf({ 'a.jsonl': '{"q":{"text":"eins"},"a":"one"}\r\n' });
    expect(await read({ kind: 'jsonl', path: 'a.jsonl', sourceField: 'q.text', targetField: 'a' })).toEqual([
      ['eins', 'one'],
    ]);
  });

  it('give an empty side for one that is null or blank', async () => {
    const { read } = await readingOf({ 'a.jsonl': `${line(null, 'one')}\n${line('zwei', ' ')}` });
    expect(await read(jsonl)).toEqual([
      ['', 'one'],
      ['', ''],
      ['zwei', ''],
    ]);
  });

  it.each([
    [
      'no JSON',
      '{"translation": {"de": "eins"',
      /a\.jsonl, line 2: is not JSON \(.*\); each line must be an object/,
    ],
    [
      'no field',
      line('a', 'b').replace('en', 'fr'),
      /line 2: there is no field translation\.en; there are de, fr/,
    ],
    ['no translation', '{"text":"eins"}', /line 2: there is no field translation; there are text/],
    ['no object', '[1]', /line 2: there is no field translation/],
    ['a list', line(['eins'], 'one'), /line 2: translation\.de is no text, but a list/],
    ['a number', line('eins', 1), /line 2: translation\.en is no text, but the number 1/],
    ['NUL', line('eins\0', 'one'), /line 2: translation\.de holds a NUL character/],
    [
      'half a character',
      '{"translation":{"de":"\\ud800","en":"x"}}',
      /line 2: translation\.de holds half of a char/,
    ],
  ])('with %s are refused by line and field, or are reported and left out', async (_, content, message) => {
    const { read } = await readingOf({
      'a.jsonl': `${line('eins', 'one')}${content.trim()}\n${line('drei', 'three')}`,
    });
    await expect(read(jsonl)).rejects.toThrow(message);
    const problems: ReadingProblem[] = [];
    expect(await read(jsonl, (problem) => problems.push(problem))).toHaveLength(2);
    expect(problems).toMatchObject([{ line: 2 }]);
  });
});

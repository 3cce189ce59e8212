import { CleaningSettings } from '@honyaku/contracts';
import { describe, expect, it } from 'vitest';
import { PairCleaner } from './clean-pairs.ts';

const english = 'This is a sentence of some words that nobody would take for another language.';
const german = 'Das ist ein Satz aus einigen Wörtern, den niemand für eine andere Sprache hielte.';

function cleanerOf(settings: object = {}, source = 'de', target = 'en'): Promise<PairCleaner> {
  return PairCleaner.open(CleaningSettings.parse(settings), { source, target });
}

async function reasonFor(source: string, target: string, settings: object = {}, from = 'de', to = 'en') {
  return (await cleanerOf(settings, from, to)).look({ source, target }, { line: 1 });
}

describe('cleaning', () => {
  it.each([
    ['oneSided', '', 'one', { oneSided: false }],
    ['oneSided', 'eins', '\u200b \u00ad', { oneSided: false, minLetters: 0 }],
    ['encoding', 'Er wei\ufffd es.', 'He knows.', { encoding: false }],
    ['encoding', 'FÃ¼r mich.', 'For me.', { encoding: false }],
    ['encoding', 'Nein.', 'I donâ€™t know.', { encoding: false }],
    ['markup', '<p class="a"><b>Hallo</b></p>', 'Hello there', { maxMarkup: 1, minLetters: 0 }],
    ['markup', 'Siehe da', 'See https://example.org/a/long/address', { maxMarkup: 1 }],
    ['noWords', '12.03.2020 – 17:45', '12/03/2020 – 5:45 p', { minLetters: 0 }],
    [
      'tooLong',
      `${'Wort '.repeat(500)}`,
      `${'word '.repeat(500)}`,
      { maxCharacters: 3_000, language: false },
    ],
    ['identical', 'Berlin Alexanderplatz', 'berlin alexanderplatz', { identical: false, language: false }],
    ['ratio', 'Ja.', `Yes, ${'and '.repeat(40)}`, { maxRatio: 100, language: false }],
    ['script', 'Это предложение.', 'That is a sentence.', { minScript: 0, language: false }],
    ['language', english, `${english} Really.`, { language: false }],
    ['language', german, `${german} Wirklich, das ist so.`, { language: false }],
  ])('leaves out %s: %j | %j, unless its setting says otherwise', async (reason, source, target, off) => {
    expect(await reasonFor(source, target)).toBe(reason);
    expect(await reasonFor(source, target, off)).toBeUndefined();
  });

  it('leaves out a pair that stood before, but not a side that did', async () => {
    const cleaner = await cleanerOf();
    const looks = [
      ['eins', 'one'],
      ['eins', 'one thing'],
      ['eins', 'one'],
      ['ei\u00adns', 'one\u200b'],
    ].map(([source = '', target = ''], index) => cleaner.look({ source, target }, { line: index + 1 }));
    expect(looks).toEqual([undefined, undefined, 'duplicate', 'duplicate']);
    expect(
      (await cleanerOf({ duplicate: false })).look({ source: 'eins', target: 'one' }, { line: 1 }),
    ).toBeUndefined();
  });

  it.each([
    ['ja', 'en', '私は学生です。', 'I am a student.'],
    ['ja', 'en', 'はい。', 'Yes, I would like to, if you do not mind.'],
    ['ja', 'en', 'iPhoneを買った。', 'I bought an iPhone.'],
    ['fr', 'en', '« NÃO », dit-il… été…', 'He said no.'],
    ['de', 'en', 'Tom', 'Tom is here.'],
    ['de', 'en', 'Er sagte: „Ja“…', 'He said: “Yes”…'],
    ['en', 'zh', 'See you.', '再见。'],
    ['en', 'ko', 'See you tomorrow.', '내일 봐요.'],
    ['sr', 'en', 'Ovo je rečenica.', 'This is a sentence.'],
    ['und', 'und', 'Это предложение.', 'That is a sentence.'],
    ['de', 'en', '3 < 4 und 5 > 2', '3 < 4 and 5 > 2'],
  ])('keeps %s → %s: %s | %s', async (from, to, source, target) => {
    expect(await reasonFor(source, target, {}, from, to)).toBeUndefined();
  });

  it('keeps what is exempt, such as a published test set, unless it lacks a side', async () => {
    const languages = { source: 'de', target: 'en' };
    const isExempt = () => true;
    const cleaner = await PairCleaner.open(CleaningSettings.parse({}), languages, { isExempt });
    const pairs = [
      ['16', '16'],
      ['16', '16'],
      ['', 'one'],
    ];
    const looks = pairs.map(([source = '', target = '']) => cleaner.look({ source, target }, { line: 1 }));
    expect(looks).toEqual([undefined, undefined, 'oneSided']);
  });

  it('counts every pair once, with the first three as examples, and tells what it keeps without control characters', async () => {
    const cleaner = await cleanerOf();
    for (let line = 1; line <= 5; line += 1) cleaner.look({ source: '', target: `one ${line}` }, { line });
    cleaner.look({ source: 'ei\u200bns', target: 'o\u0007ne' }, { file: 'a.de', line: 6 });
    cleaner.look({ source: 'x'.repeat(3_000), target: 'y'.repeat(3_000) }, { line: 7 });
    const { pairs, left, control } = cleaner.report;
    expect(pairs).toBe(7);
    expect(left.oneSided).toEqual({
      pairs: 5,
      examples: [1, 2, 3].map((line) => ({ line, source: '', target: `one ${line}` })),
    });
    expect(control).toEqual({
      pairs: 1,
      examples: [{ file: 'a.de', line: 6, source: 'ei\u200bns', target: 'o\u0007ne' }],
    });
    expect(left.tooLong?.examples[0]?.source).toHaveLength(120);
    expect(Object.keys(left).sort()).toEqual(['oneSided', 'tooLong']);
  });
});

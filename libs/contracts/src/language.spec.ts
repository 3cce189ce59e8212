import { describe, expect, it } from 'vitest';
import { Language, NamedLanguage, partsOfLanguage } from './language.ts';

describe('a language', () => {
  it.each(['ja', 'ain', 'und', 'zh-Hant', 'pt-BR', 'es-419', 'sr-Latn-RS', 'jpn'])('may be %s', (tag) => {
    expect(Language.parse(tag)).toBe(tag);
  });

  it.each(['Japanese', 'j', 'ja_JP', 'ja-', 'ja-Japan', 'zh-CN-Hans', 'de-1996', '日本語', ''])(
    'may not be %j',
    (tag) => {
      for (const schema of [Language, NamedLanguage])
        expect(schema.safeParse(tag).error?.issues).toMatchObject([
          { message: 'use a BCP 47 language tag such as ja, en, zh-Hant or pt-BR' },
        ]);
    },
  );

  it.each([
    ['jpn', 'ja'],
    ['EN', 'en'],
    ['zh-hant-tw', 'zh-Hant-TW'],
    ['iw', 'he'],
    ['ain', 'ain'],
    ['und', 'und'],
  ])('is stored in canonical form where a person names it: %s as %s', (named, canonical) => {
    expect(NamedLanguage.parse(named)).toBe(canonical);
  });

  it.each([
    ['ja', 'ja', 'Jpan'],
    ['jpn', 'ja', 'Jpan'],
    ['zh-TW', 'zh', 'Hant'],
    ['yue', 'yue', 'Hant'],
    ['ko', 'ko', 'Kore'],
    ['ja-Latn', 'ja', 'Latn'],
    ['de-CH', 'de', 'Latn'],
    ['und', 'und', undefined],
    ['und-Cyrl', 'und', 'Cyrl'],
    ['xyz', 'xyz', undefined],
  ])('%s is the language %s, written in %s', (tag, language, script) => {
    expect(partsOfLanguage(tag)).toEqual({ language, script });
  });
});

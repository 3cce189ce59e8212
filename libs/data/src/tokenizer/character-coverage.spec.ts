import { describe, expect, it } from 'vitest';
import { characterCoverageFor } from './character-coverage.ts';

describe('the character coverage by language', () => {
  it.each(['ja', 'jpn', 'zh', 'zh-Hant', 'yue', 'ko'])(
    'leaves the rarest of thousands of characters out for %s',
    (language) => expect(characterCoverageFor(language, ['cat'])).toBe(0.9995),
  );

  it.each(['en', 'de', 'ru', 'ar', 'th', 'pt-BR', 'ja-Latn'])('is every character for %s', (language) => {
    expect(characterCoverageFor(language, ['猫'])).toBe(1);
  });

  it.each([
    ['Japanese', '猫は「cat」です。', '私は学生です。', 0.9995],
    ['Korean', 'a cat', '나는 학생이다.', 0.9995],
    ['English that cites Japanese', '猫', 'The cat said that it is a cat.', 1],
    ['Russian', '猫', 'Кошка спит на диване.', 1],
    ['nothing but digits', '1', '2', 1],
  ])('goes by the script where the language is unknown: %s', (_, one, other, coverage) => {
    expect(characterCoverageFor('und', [one, other])).toBe(coverage);
    expect(characterCoverageFor('xyz', [one, other])).toBe(coverage);
  });
});

/** Whether a text is clearly in another language than its own, by ELD, which is loaded when it is first asked for. */
import { partsOfLanguage } from '@honyaku/contracts';

/** Languages that n-grams tell from each other badly. */
const kin: readonly ReadonlySet<string>[] = [
  new Set(['bs', 'cnr', 'hr', 'sh', 'sr']),
  new Set(['cs', 'sk']),
  new Set(['da', 'nb', 'nn', 'no']),
  new Set(['gl', 'pt']),
  new Set(['id', 'ms']),
];

/** Letters that one language alone is written with: a text that has some needs no detector. */
const certain: Readonly<Record<string, RegExp>> = {
  el: /\p{Script=Greek}/u,
  ja: /[\p{Script=Hiragana}\p{Script=Katakana}]/u,
  ko: /\p{Script=Hangul}/u,
  th: /\p{Script=Thai}/u,
};

/** Fewer letters are names and interjections, which belong to many languages. */
const fewestLetters = 25;
/** The begin of a long text says enough. */
const mostCharacters = 64;
/**
 * How much likelier the other language must be. Of 40,000 sentences each of Tatoeba's German, English, French and Spanish, at
 * most three are taken for another language so, and of other languages' sentences of 30 letters 97 to 100 of 100 are found.
 */
const likelier = 1.2;

const letter = /\p{L}/gu;

/** A test for texts of a language, or undefined where the detector does not know it. */
export async function otherLanguageTest(language: string): Promise<((text: string) => boolean) | undefined> {
  const { language: own } = partsOfLanguage(language);
  const { eld } = await import('eld/small');
  if (!Object.values(eld.info().Languages).includes(own)) return undefined;
  const related = kin.find((each) => each.has(own)) ?? new Set([own]);
  return (text) => {
    if (certain[own]?.test(text)) return false;
    const start = text.slice(0, mostCharacters);
    if (start.length < fewestLetters || (start.match(letter)?.length ?? 0) < fewestLetters) return false;
    const found = eld.detect(start);
    if (found.language === '' || related.has(found.language)) return false;
    const scores = found.getScores();
    return (scores[found.language] ?? 0) > likelier * (scores[own] ?? 0);
  };
}

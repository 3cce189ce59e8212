/**
 * The tokenisations of BLEU, rule for rule as in sacreBLEU 2.5.1, including what looks like a slip there:
 * a score is comparable only if the tokens are the same (Post 2018, "A Call for Clarity in Reporting BLEU
 * Scores").
 */

import { partsOfLanguage } from '@honyaku/contracts';

/**
 * `13a`: the WMT standard for languages with spaces; `intl`: splits on Unicode punctuation and symbols;
 * `char`: one token a character; `zh`: one token a Chinese character, the rest as in 13a; `none`: splits on
 * white space only.
 */
export type BleuTokenization = '13a' | 'char' | 'zh' | 'intl' | 'none';

/** The tokens of one sentence; trailing white space does not count. */
export function tokenize(sentence: string, tokenization: BleuTokenization): string[] {
  return splitOnWhitespace(separators[tokenization](trimEnd(sentence)));
}

const separators: Readonly<Record<BleuTokenization, (line: string) => string>> = {
  '13a': separateAs13a,
  char: (line) => Array.from(line).join(' '),
  zh: separateAsZh,
  intl: separateAsInternational,
  none: (line) => line,
};

// From mteval-v13a.pl. The flag u makes `[^0-9]` a character, as in Python, rather than half a surrogate pair.
const symbol = /([{-~[-` -&(-+:-@/])/gu;
const pointAfterNonDigit = /([^0-9])([.,])/gu;
const pointBeforeNonDigit = /([.,])([^0-9])/gu;
const dashAfterDigit = /([0-9])(-)/gu;

function separatePunctuation(line: string): string {
  return line
    .replace(symbol, ' $1 ')
    .replace(pointAfterNonDigit, '$1 $2 ')
    .replace(pointBeforeNonDigit, ' $1 $2')
    .replace(dashAfterDigit, '$1 $2 ');
}

function separateAs13a(line: string): string {
  const unescaped = line
    .replaceAll('<skipped>', '')
    .replaceAll('-\n', '')
    .replaceAll('\n', ' ')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>');
  return separatePunctuation(` ${unescaped} `);
}

/** Characters that stand alone in `zh`, as pairs of first and last. */
const zhRanges: readonly (readonly [number, number])[] = [
  // sacreBLEU writes Extension B (U+20000 to U+2A6D6) with four-digit escapes and so compares with strings of
  // two characters. What that takes in is this: general punctuation (“ ” … —), arrows, mathematics. The same
  // slip leaves Extension B itself out.
  [0x2001, 0x2a6d],
  [0x2e80, 0x2eff],
  [0x2f00, 0x2fdf],
  [0x2ff0, 0x2fff],
  [0x3000, 0x303f],
  [0x3100, 0x312f],
  [0x31a0, 0x31bf],
  [0x31c0, 0x31ef],
  [0x3200, 0x33ff],
  [0x3400, 0x4db5],
  [0x4e00, 0x9fbb],
  [0xf900, 0xfa2d],
  [0xfa30, 0xfa6a],
  [0xfa70, 0xfad9],
  [0xfe10, 0xfe1f],
  [0xfe30, 0xfe4f],
  [0xff00, 0xffef],
];

function separateAsZh(line: string): string {
  const spaced = Array.from(trim(line), (character) => {
    const code = character.codePointAt(0) ?? 0;
    return zhRanges.some(([first, last]) => code >= first && code <= last) ? ` ${character} ` : character;
  }).join('');
  return separatePunctuation(spaced);
}

// From mteval-v14.pl: \p{N} are numbers, \p{P} punctuation, \p{S} symbols.
function separateAsInternational(line: string): string {
  return line
    .replace(/(\P{N})(\p{P})/gu, '$1 $2 ')
    .replace(/(\p{P})(\P{N})/gu, ' $1 $2')
    .replace(/(\p{S})/gu, ' $1 ');
}

/**
 * The tokenization of BLEU for texts of a language: languages that put spaces between words have the WMT
 * standard, the others would be scored as one token a sentence by it. What sacreBLEU takes for Japanese and
 * Korean by default, `ja-mecab` and `ko-mecab`, needs MeCab and its dictionaries: they are scored by characters.
 * @param tag a BCP 47 tag; for a language that is not in the table, that says nothing (`und`), or that is written in
 *   another script than usual (`ja-Latn`), the script of the texts decides
 */
export function bleuTokenizationFor(tag: string, texts: readonly string[]): BleuTokenization {
  const { language, script } = partsOfLanguage(tag);
  const usual = script !== undefined && unspacedScripts.has(script) ? byLanguage.get(language) : undefined;
  return usual ?? byScript(texts);
}

const byLanguage: ReadonlyMap<string, BleuTokenization> = new Map([
  ...['zh', 'yue'].map((code) => [code, 'zh'] as const),
  ...['ja', 'ko', 'th', 'lo', 'km', 'my', 'bo'].map((code) => [code, 'char'] as const),
]);
/** Those in which languages of the table are written, by their codes of ISO 15924. */
const unspacedScripts: ReadonlySet<string> = new Set(
  'Hani Hans Hant Jpan Hira Kana Hrkt Kore Hang Thai Laoo Khmr Mymr Tibt'.split(' '),
);

const letter = /\p{L}/gu;
const han = /\p{Script=Han}/gu;
const kana = /[\p{Script=Hiragana}\p{Script=Katakana}]/gu;
/** Hangul, and the scripts of South-East Asia and Tibet that are written without spaces between words. */
const otherUnspaced = new RegExp(
  `[${['Hangul', 'Thai', 'Lao', 'Khmer', 'Myanmar', 'Tibetan', 'Tai_Tham', 'Tai_Le', 'New_Tai_Lue', 'Tai_Viet', 'Javanese', 'Balinese'].map((script) => `\\p{Script=${script}}`).join('')}]`,
  'gu',
);
/** Japanese is about half kana; a Chinese text that cites a few Japanese words stays below this. */
const kanaOfJapanese = 0.1;

function byScript(texts: readonly string[]): BleuTokenization {
  const count = (pattern: RegExp) => texts.reduce((sum, text) => sum + (text.match(pattern)?.length ?? 0), 0);
  const [hans, kanas, others] = [count(han), count(kana), count(otherUnspaced)];
  if (hans + kanas + others <= count(letter) / 2) return '13a';
  return hans > others && kanas < kanaOfJapanese * (hans + kanas) ? 'zh' : 'char';
}

/**
 * White space as Python's str methods understand it. Scores must equal those of sacreBLEU, which is Python,
 * and JavaScript's `\s` and `trim` differ: they leave out U+001C to U+001F and U+0085 and take in U+FEFF.
 */
const characters = '\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';
const run = new RegExp(`[${characters}]+`);
const leading = new RegExp(`^[${characters}]+`);
// The look-behind keeps the search linear: without it each inner run is tried from each of its characters.
const trailing = new RegExp(`(?<![${characters}])[${characters}]+$`);

/** The words between runs of white space, as `text.split()` in Python. */
export function splitOnWhitespace(text: string): string[] {
  return text.split(run).filter((word) => word !== '');
}

/** As `text.rstrip()` in Python. */
export function trimEnd(text: string): string {
  return text.replace(trailing, '');
}

/** As `text.strip()` in Python. */
export function trim(text: string): string {
  return trimEnd(text).replace(leading, '');
}

import { type BleuTokenization } from './tokenization.ts';

/**
 * The tokenization of BLEU for texts of a language: languages that put spaces between words have the WMT
 * standard, the others would be scored as one token a sentence by it. What sacreBLEU takes for Japanese and
 * Korean by default, `ja-mecab` and `ko-mecab`, needs MeCab and its dictionaries: they are scored by characters.
 * @param language a code of ISO 639; for one that says nothing (`und`) the script of the texts decides
 */
export function bleuTokenizationFor(language: string, texts: readonly string[]): BleuTokenization {
  if (language === 'und') return byScript(texts);
  return byLanguage.get(language) ?? '13a';
}

const byLanguage: ReadonlyMap<string, BleuTokenization> = new Map([
  ...['zh', 'zho', 'chi', 'cmn', 'yue'].map((code) => [code, 'zh'] as const),
  ...['ja', 'jpn', 'ko', 'kor'].map((code) => [code, 'char'] as const),
  ...['th', 'tha', 'lo', 'lao', 'km', 'khm', 'my', 'mya', 'bo', 'bod'].map((code) => [code, 'char'] as const),
]);

const letter = /\p{L}/gu;
const han = /\p{Script=Han}/gu;
const kana = /[\p{Script=Hiragana}\p{Script=Katakana}]/gu;
const otherUnspaced =
  /[\p{Script=Hangul}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\p{Script=Tibetan}]/gu;
/** Japanese is about half kana; a Chinese text that cites a few Japanese words stays below this. */
const kanaOfJapanese = 0.1;

function byScript(texts: readonly string[]): BleuTokenization {
  const count = (pattern: RegExp) => texts.reduce((sum, text) => sum + (text.match(pattern)?.length ?? 0), 0);
  const [hans, kanas, others] = [count(han), count(kana), count(otherUnspaced)];
  if (hans + kanas + others <= count(letter) / 2) return '13a';
  return hans > others && kanas < kanaOfJapanese * (hans + kanas) ? 'zh' : 'char';
}

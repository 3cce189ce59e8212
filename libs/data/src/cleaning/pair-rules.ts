/** What is wrong with a single pair, by the settings of `dataset.cleaning`. */
import { type CleaningReason, type CleaningSettings } from '@honyaku/contracts';
import { isInvisible, type SentencePair } from '../corpus/sentence-pairs.ts';
import { otherLanguageTest } from './language-detector.ts';
import { scriptShareOf } from './scripts.ts';

/** Codes of ISO 639; `und` where nobody has named the language. */
export interface CorpusLanguages {
  readonly source: string;
  readonly target: string;
}

type Rule = (pair: SentencePair) => boolean;
type SideRule = (text: string) => boolean;
/** Rules that look at a pair alone. */
export type PairReason = Exclude<CleaningReason, 'duplicate'>;

export type PairRules = readonly (readonly [PairReason, Rule])[];

/** The rules that are on, in the order of `cleaningReasons`; each is true for what is left out. */
export async function pairRulesOf(
  settings: CleaningSettings,
  languages: CorpusLanguages,
): Promise<PairRules> {
  const { maxMarkup, minLetters, maxCharacters, maxRatio, minScript } = settings;
  const other = settings.language
    ? { source: await otherLanguageTest(languages.source), target: await otherLanguageTest(languages.target) }
    : {};
  const script = {
    source: otherScript(languages.source, minScript),
    target: otherScript(languages.target, minScript),
  };
  const rules: readonly (readonly [PairReason, boolean, Rule])[] = [
    ['oneSided', settings.oneSided, eitherSide(isInvisible)],
    // Before all that takes the longer the longer a text is.
    ['tooLong', true, eitherSide((text) => text.length > maxCharacters && [...text].length > maxCharacters)],
    ['encoding', settings.encoding, eitherSide((text) => brokenEncoding.test(text))],
    ['markup', maxMarkup < 1, eitherSide((text) => markupShare(text) > maxMarkup)],
    ['noWords', minLetters > 0, eitherSide((text) => letterShare(text) < minLetters)],
    ['identical', settings.identical, ({ source, target }) => folded(source) === folded(target)],
    ['ratio', true, (pair) => ratioOf(pair) > maxRatio],
    ['script', minScript > 0, ofOwnSide(script)],
    ['language', settings.language, ofOwnSide(other)],
  ];
  return rules.filter(([, isOn]) => isOn).map(([reason, , rule]) => [reason, rule]);
}

function eitherSide(rule: SideRule): Rule {
  return ({ source, target }) => rule(source) || rule(target);
}

/** A rule for each side, where there is one. */
function ofOwnSide({
  source,
  target,
}: {
  source?: SideRule | undefined;
  target?: SideRule | undefined;
}): Rule {
  return (pair) => (source?.(pair.source) ?? false) || (target?.(pair.target) ?? false);
}

function otherScript(language: string, minScript: number): SideRule | undefined {
  const share = scriptShareOf(language);
  return share && ((text) => share(text) < minScript);
}

/**
 * U+FFFD, and pairs of characters that the bytes of UTF-8 become in Latin-1 or Windows-1252: the first byte of two (Â to
 * ß) or three (à to ï) before one of 0x80 to 0xBF that stands in no text there.
 */
const brokenEncoding =
  /\ufffd|[\u00c2-\u00c5\u00d0\u00d1][\u0080-\u009f\u00a1-\u00aa\u00ac-\u00b6\u00b8-\u00ba\u00bc-\u00be]|\u00e2\u20ac[\u0080-\u00bf\u2018-\u2022\u0152\u0153\u2122\u0161\u201a\u201e\u2020\u2026\u02dc]|[\u00e3-\u00ef][\u0080-\u009f\u201a\u201e\u2020\u2021\u2030]/u;

const visible = /[^\s\p{Cc}\p{Cf}]/gu;
const markup =
  /<\/?[A-Za-z][^<>]*>|<!--.{0,500}?-->|&(?:#\d+|#x[\da-f]+|[a-z]+\d*);|\b(?:https?|ftp):\/\/\S+|\bwww\.\S+|\{\{.{0,500}?\}\}|\[\[|\]\]|\\[a-zA-Z]+\{/giu;
const mayHaveMarkup = /[<&{[\\]|\/\/|www\./i;
const letter = /[\p{L}\p{M}]/gu;

function lengthOf(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0;
}

function markupShare(text: string): number {
  if (!mayHaveMarkup.test(text)) return 0;
  const all = lengthOf(text, visible);
  return all === 0 ? 0 : 1 - lengthOf(text.replace(markup, ''), visible) / all;
}

function letterShare(text: string): number {
  const all = lengthOf(text, visible);
  return all === 0 ? 1 : lengthOf(text, letter) / all;
}

function folded(text: string): string {
  return text.normalize('NFKC').toLowerCase();
}

/** See `maxRatio`. */
const bytesAdded = 20;

function ratioOf({ source, target }: SentencePair): number {
  const [one, other] = [Buffer.byteLength(source) + bytesAdded, Buffer.byteLength(target) + bytesAdded];
  return Math.max(one, other) / Math.min(one, other);
}

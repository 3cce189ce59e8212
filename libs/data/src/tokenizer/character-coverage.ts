/** How many of a language's characters a tokenizer is to have pieces for. */
import { defaultCoverage, partsOfLanguage } from '@honyaku/contracts';

/** Scripts of thousands of characters, of which the rarest are left out, as SentencePiece advises. */
const richScripts: ReadonlySet<string> = new Set(['Hang', 'Hani', 'Hans', 'Hant', 'Jpan', 'Kore']);

const letter = /\p{L}/gu;
const richLetter = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/gu;

/**
 * 0.9995 for Japanese, Chinese and Korean, and 1 for all others: of their few letters none is rare enough to become `⁇`.
 * @param sentences decide by their script where the language does not tell its own
 */
export function characterCoverageFor(language: string, sentences: readonly string[]): number {
  const { script } = partsOfLanguage(language);
  const isRich = script === undefined ? isMostlyRich(sentences) : richScripts.has(script);
  return isRich ? defaultCoverage : 1;
}

function isMostlyRich(sentences: readonly string[]): boolean {
  const count = (pattern: RegExp) =>
    sentences.reduce((sum, sentence) => sum + (sentence.match(pattern)?.length ?? 0), 0);
  return count(richLetter) > count(letter) / 2;
}

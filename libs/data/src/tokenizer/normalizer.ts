/**
 * Text in the form that pieces spell, as `Normalizer::Normalize` of
 * https://github.com/google/sentencepiece/blob/master/src/normalizer.cc makes it: rules applied, ▁ for spaces.
 */
import { readCharsmap } from './charsmap.ts';

/** The normal form of a text as UTF-16 code units: the first `length` of `units`, which the next text overwrites. */
export interface NormalText {
  readonly units: Uint16Array;
  readonly length: number;
}

/** Normalises a text, which has no lone surrogates. */
export type Normalizer = (text: string) => NormalText;

const space = 0x20;
/** ▁ */
const spaceSymbol = 0x2581;

/**
 * The form of SentencePiece's default settings: spaces, of which the text has one more at its start, become ▁; one stands
 * between words and none at the end.
 * @param name how errors call the model
 * @throws Corrupt when the rules are damaged
 */
export function normalizerOf(charsmap: Uint8Array, name: string): Normalizer {
  const ruleAt = readCharsmap(charsmap, name);
  let units = new Uint16Array(1024);
  const makeRoom = (needed: number): void => {
    if (needed <= units.length) return;
    const larger = new Uint16Array(2 * needed);
    larger.set(units);
    units = larger;
  };

  return (text) => {
    makeRoom(text.length + 1);
    units[0] = spaceSymbol;
    let length = 1;
    let afterSpace = true;
    for (let at = 0; at < text.length;) {
      const match = ruleAt(text, at);
      if (!match) {
        const unit = text.charCodeAt(at++);
        if (unit !== space) units[length++] = unit;
        else if (!afterSpace) units[length++] = spaceSymbol;
        afterSpace = unit === space;
        continue;
      }
      const { form } = match;
      at += match.length;
      makeRoom(length + form.length + text.length - at);
      let from = 0;
      if (afterSpace) while (form.charCodeAt(from) === space) from += 1;
      if (from === form.length) continue;
      afterSpace = form.endsWith(' ');
      for (; from < form.length; from += 1) {
        const unit = form.charCodeAt(from);
        units[length++] = unit === space ? spaceSymbol : unit;
      }
    }
    while (length > 0 && units[length - 1] === spaceSymbol) length -= 1;
    return { units, length };
  };
}

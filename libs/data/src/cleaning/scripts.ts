/** The scripts that a language is written in. */
import { partsOfLanguage } from '@honyaku/contracts';

/** Those of which CLDR's name is not one of Unicode's. */
const composed: Readonly<Record<string, readonly string[]>> = {
  Jpan: ['Han', 'Hiragana', 'Katakana'],
  Kore: ['Hangul', 'Han'],
  Hans: ['Han', 'Bopomofo'],
  Hant: ['Han', 'Bopomofo'],
};

/** Languages that are written in another script, too, than the one that CLDR names. */
const also: Readonly<Record<string, readonly string[]>> = {
  az: ['Cyrl', 'Arab'],
  bs: ['Cyrl'],
  kk: ['Latn', 'Arab'],
  ku: ['Arab'],
  mn: ['Mong'],
  pa: ['Arab'],
  sd: ['Deva'],
  sh: ['Cyrl', 'Latn'],
  sr: ['Latn'],
  tg: ['Arab'],
  tt: ['Latn'],
  ug: ['Cyrl', 'Latn'],
  uz: ['Cyrl'],
};

const letters = /\p{L}/gu;

/**
 * The share of a text's letters that are of its language's scripts; 1 for a text without letters. Undefined for a
 * language whose scripts are unknown.
 */
export function scriptShareOf(language: string): ((text: string) => number) | undefined {
  const { language: base, script } = partsOfLanguage(language);
  if (script === undefined) return undefined;
  const names = [...(composed[script] ?? [script]), ...(also[base] ?? [])];
  const own = ofScripts(names);
  if (!own) return undefined;
  return (text) => {
    const all = text.match(letters)?.length ?? 0;
    return all === 0 ? 1 : (text.match(own)?.length ?? 0) / all;
  };
}

/** Letters of the scripts, and those of no one script; undefined where Unicode has no such script. */
function ofScripts(names: readonly string[]): RegExp | undefined {
  try {
    const classes = names.map((name) => `\\p{Script_Extensions=${name}}`).join('');
    return new RegExp(`(?=\\p{L})[${classes}\\p{Script=Common}\\p{Script=Inherited}]`, 'gu');
  } catch {
    return undefined;
  }
}

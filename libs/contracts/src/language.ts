/** Languages as BCP 47 names them: a language and, where it matters, its script and region (`ja`, `zh-Hant`, `pt-BR`). */
import { z } from 'zod';

/** The code of an undetermined language. */
export const unknownLanguage = 'und';

/** Without variants and extensions, which nothing here depends on. */
const tag = /^[A-Za-z]{2,3}(-[A-Za-z]{4})?(-([A-Za-z]{2}|[0-9]{3}))?$/;

/** As it was written: what earlier versions stored keeps its bytes. */
export const Language = z.string().regex(tag, 'use a BCP 47 language tag such as ja, en, zh-Hant or pt-BR');

/** In canonical form, for what people name: `jpn` becomes `ja`, and `zh-hant` becomes `zh-Hant`. */
export const NamedLanguage = Language.overwrite(canonicalLanguage);

/** @param language a tag of the form that `Language` checks */
export function canonicalLanguage(language: string): string {
  // The check of the form may have failed already: zod runs both and reports that.
  return tag.test(language) ? new Intl.Locale(language).toString() : language;
}

/** The parts of a tag; the script is the one that it names, or else the usual one of its language, if there is one. */
export interface LanguageParts {
  readonly language: string;
  /** ISO 15924, such as `Jpan`; undefined for an unknown language. */
  readonly script: string | undefined;
}

/** @param tagOfLanguage of the form that `Language` checks */
export function partsOfLanguage(tagOfLanguage: string): LanguageParts {
  const locale = new Intl.Locale(tagOfLanguage);
  // Node 20 has no `language` for `und`.
  const [language = unknownLanguage] = locale.toString().split('-');
  // The likely subtags of `und` are those of English.
  const script = language === unknownLanguage ? locale.script : locale.maximize().script;
  return { language, script };
}

/** Which language a side of a corpus is in, as far as anybody says. */
import { basename } from 'node:path';
import { unknownLanguage } from '@honyaku/contracts';

const names = new Intl.DisplayNames('en', { type: 'language', fallback: 'none' });
/** Endings of other meaning that are codes of a language too. */
const otherEndings: ReadonlySet<string> = new Set(['src', 'tok']);

/** The language that the ending of a file names (`train.ja`, `train.zh-CN`, `x.de.txt`), or `und`. */
export function languageOfFile(path: string): string {
  const code = /\.([a-z]{2,3})(?:[-_][A-Za-z]{2,4})?(?:\.txt)?$/.exec(basename(path))?.[1];
  return code === undefined || otherEndings.has(code) || names.of(code) === undefined
    ? unknownLanguage
    : code;
}

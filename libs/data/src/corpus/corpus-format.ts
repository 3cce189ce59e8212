/** What every corpus format brings, and the language that a file's name states. */
import { type CorpusSource, unknownLanguage } from '@honyaku/contracts';
import { type OnProblem } from './reading-problems.ts';
import { type ReadPair } from './sentence-pairs.ts';
import { basename } from 'node:path';

/** A corpus that is still where its owner keeps it. */
export type CorpusFiles = Exclude<CorpusSource, { digest: string }>;
export type CorpusKind = CorpusFiles['kind'];
export type FilesOf<Kind extends CorpusKind> = Extract<CorpusFiles, { kind: Kind }>;

export interface CorpusPlaces {
  /** Paths of the corpus source are relative to this folder. */
  readonly baseFolder: string;
  /** The pairs file of Tatoeba that set-up fetched. */
  readonly tatoebaPairs: string;
  /** The sentences of Tatoeba in all of its languages, if not where set-up leaves them. */
  readonly tatoebaSentences?: string;
  /** Is given what is wrong with single lines; by default it is refused. */
  readonly onProblem?: OnProblem;
}

/** What a format makes of its files. The pairs are read while they are iterated. */
export interface Corpus {
  readonly name: string;
  readonly licence: string;
  /** BCP 47 tags; `und` where nobody has named the language. */
  readonly sourceLanguage: string;
  readonly targetLanguage: string;
  /** How errors call the whole of it. */
  readonly where: string;
  readonly pairs: AsyncIterable<ReadPair>;
}

/** The shape of every corpus format. */
export type OpenCorpus<Kind extends CorpusKind> = (files: FilesOf<Kind>, places: CorpusPlaces) => Corpus;

const names = {
  language: new Intl.DisplayNames('en', { type: 'language', fallback: 'none' }),
  script: new Intl.DisplayNames('en', { type: 'script', fallback: 'none' }),
  region: new Intl.DisplayNames('en', { type: 'region', fallback: 'none' }),
};
/** Endings of files that happen to be codes of languages: tokenized text, copies, archives, alignments. */
const otherEndings: ReadonlySet<string> = new Set([
  'src',
  'to',
  'tok',
  'new',
  'ori',
  'bak',
  'min',
  'sam',
  'bin',
  'arc',
  'rar',
  'aln',
  'vec',
]);

/** Those of packed files, which follow on the language's. */
const packedEnding = /\.(?:gz|xz|zst|zip)$/;

/** The language that the ending of a file names (`train.ja`, `train.zh_TW`, `x.de.txt`, `train.ja.gz`), or `und`. */
export function languageOfFile(path: string): string {
  const name = basename(path).replace(packedEnding, '');
  const [, code, part] = /\.([a-z]{2,3})(?:[-_]([A-Za-z]{2,4}))?(?:\.txt)?$/.exec(name) ?? [];
  if (code === undefined || otherEndings.has(code) || names.language.of(code) === undefined)
    return unknownLanguage;
  return part !== undefined && isScriptOrRegion(part) ? `${code}-${part}` : code;
}

/** A region is in capitals: `de-fr` is a pair of languages. */
function isScriptOrRegion(part: string): boolean {
  if (part.length === 3) return false;
  const kind = part.length === 4 ? names.script : names.region;
  return kind.of(part) !== undefined;
}

/** The language that the endings of all files name, or `und` where they name several. */
export function commonLanguage(paths: readonly string[]): string {
  const [language = unknownLanguage, ...others] = new Set(paths.map(languageOfFile));
  return others.length > 0 ? unknownLanguage : language;
}

export function listOf(paths: string | readonly string[]): readonly string[] {
  return typeof paths === 'string' ? [paths] : paths;
}

/** How a corpus of some files is called: by the first. */
export function namesOf(paths: readonly string[]): string {
  const first = basename(paths[0] ?? '');
  return paths.length > 1 ? `${first} and ${paths.length - 1} more` : first;
}

/** Whether a code is that of the language, or of a region's or script's form of it. */
export function isLanguage(code: string, language: string): boolean {
  const [found, wanted] = [code.replaceAll('_', '-').toLowerCase(), language.toLowerCase()];
  return found === wanted || found.startsWith(`${wanted}-`);
}

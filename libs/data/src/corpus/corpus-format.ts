/** What every corpus format brings, and the language that a file's name states. */
import { type CorpusSource, unknownLanguage } from '@honyaku/contracts';
import { type SentencePair } from './sentence-pairs.ts';
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
}

/** What a format makes of its files. The pairs are read while they are iterated. */
export interface Corpus {
  readonly name: string;
  readonly licence: string;
  /** Codes of ISO 639; `und` where nobody has named the language. */
  readonly sourceLanguage: string;
  readonly targetLanguage: string;
  /** How errors call the whole of it. */
  readonly where: string;
  readonly pairs: AsyncIterable<SentencePair>;
}

/** The shape of every corpus format. */
export type OpenCorpus<Kind extends CorpusKind> = (files: FilesOf<Kind>, places: CorpusPlaces) => Corpus;

const names = new Intl.DisplayNames('en', { type: 'language', fallback: 'none' });
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

/** The language that the ending of a file names (`train.ja`, `train.zh-CN`, `x.de.txt`), or `und`. */
export function languageOfFile(path: string): string {
  const code = /\.([a-z]{2,3})(?:[-_][A-Za-z]{2,4})?(?:\.txt)?$/.exec(basename(path))?.[1];
  return code === undefined || otherEndings.has(code) || names.of(code) === undefined
    ? unknownLanguage
    : code;
}

/** A corpus of text files that are read one after the other, whatever their form. */
import { resolve } from 'node:path';
import { unknownLanguage } from '@honyaku/contracts';
import { type Corpus, listOf, namesOf } from './corpus-format.ts';
import { openedFile } from './opened-file.ts';
import { type ReadPair } from './sentence-pairs.ts';
import { type TextSource } from './text-lines.ts';

interface NamedFiles {
  readonly path: string | readonly string[];
  readonly licence?: string | undefined;
  readonly sourceLanguage?: string | undefined;
  readonly targetLanguage?: string | undefined;
}

/** @param read gives the pairs of one file */
export function corpusOfFiles(
  { path, licence = 'not stated', ...languages }: NamedFiles,
  baseFolder: string,
  read: (text: TextSource) => AsyncIterable<ReadPair>,
): Corpus {
  const paths = listOf(path);
  const texts = paths.map((each) => openedFile(resolve(baseFolder, each)));
  return {
    name: namesOf(paths),
    licence,
    sourceLanguage: languages.sourceLanguage ?? unknownLanguage,
    targetLanguage: languages.targetLanguage ?? unknownLanguage,
    where: texts.map(({ name }) => name).join(', '),
    pairs: pairsOf(texts, read),
  };
}

async function* pairsOf(
  texts: readonly TextSource[],
  read: (text: TextSource) => AsyncIterable<ReadPair>,
): AsyncGenerator<ReadPair> {
  for (const text of texts) yield* read(text);
}

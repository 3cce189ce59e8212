/** One text file with tabs. */
import { basename, resolve } from 'node:path';
import { unknownLanguage } from '@honyaku/contracts';
import { type OpenCorpus } from './corpus-format.ts';
import { requireSentence, type SentencePair } from './sentence-pairs.ts';
import { fileText, invalidLine, readSentenceLines, type TextSource } from './text-lines.ts';

/** Columns count from 0. */
export interface TsvColumns {
  readonly sourceColumn: number;
  readonly targetColumn: number;
}

export const openTsv: OpenCorpus<'tsv'> = (files, { baseFolder }) => {
  const text = fileText(resolve(baseFolder, files.path));
  return {
    name: basename(files.path),
    licence: files.licence ?? 'not stated',
    sourceLanguage: files.sourceLanguage ?? unknownLanguage,
    targetLanguage: files.targetLanguage ?? unknownLanguage,
    where: text.name,
    pairs: readTsv(text, files),
  };
};

/** @throws InvalidInput naming the line that lacks a column or has an empty one. */
export async function* readTsv(text: TextSource, columns: TsvColumns): AsyncGenerator<SentencePair> {
  for await (const line of readSentenceLines(text)) {
    if (line.text.trim() === '') throw invalidLine(text.name, line.number, 'the line is empty');
    const cells = line.text.split('\t');
    const cell = (column: number): string => {
      const found = cells[column];
      if (found === undefined)
        throw invalidLine(
          text.name,
          line.number,
          `there is no column ${column}: the line has ${cells.length} (tabs separate them, the first is 0)`,
        );
      return requireSentence(found, text.name, line.number, `column ${column}`);
    };
    yield { source: cell(columns.sourceColumn), target: cell(columns.targetColumn) };
  }
}

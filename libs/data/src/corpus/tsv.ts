/** One text file with tabs. */
import { basename, resolve } from 'node:path';
import { InvalidInput, unknownLanguage } from '@honyaku/contracts';
import { type FilesOf, type OpenCorpus } from './corpus-format.ts';
import { requireSentence, type SentencePair } from './sentence-pairs.ts';
import { fileText, invalidLine, readSentenceLines, type TextLine, type TextSource } from './text-lines.ts';

/** Columns count from 0. */
export type TsvFormat = Pick<FilesOf<'tsv'>, 'sourceColumn' | 'targetColumn' | 'quotes'>;

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

/**
 * @throws InvalidInput naming the line that lacks a column or has an empty one, and for a file that looks as if a
 *   spreadsheet had quoted it while nobody says what its quotes mean.
 */
export async function* readTsv(text: TextSource, format: TsvFormat): AsyncGenerator<SentencePair> {
  const { sourceColumn, targetColumn, quotes } = format;
  const columns = { source: new ColumnQuotes(), target: new ColumnQuotes() };
  const isRow = (part: string) => part.split('\t').length > Math.max(sourceColumn, targetColumn);
  for await (const line of readSentenceLines(text)) {
    if (line.text.trim() === '') throw invalidLine(text.name, line.number, 'the line is empty');
    const cells = line.text.split('\t');
    if (line.text.includes('\r') && line.text.split('\r').every(isRow))
      throw invalidLine(text.name, line.number, twoRows);
    const cell = (column: number): string => {
      const found = cellOf(cells, column, line, text.name);
      if (quotes === undefined && isQuoted(found) && found.slice(1, -1).includes('""'))
        throw invalidLine(text.name, line.number, `column ${column} ${looksQuoted}`);
      const content = quotes === 'csv' ? unquoted(found, column, line, text.name) : found;
      return requireSentence(content, text.name, line.number, `column ${column}`);
    };
    yield { source: cell(sourceColumn), target: cell(targetColumn) };
    columns.source.add(cells[sourceColumn] ?? '');
    columns.target.add(cells[targetColumn] ?? '');
  }
  if (quotes !== undefined) return;
  const { source, target } = columns;
  for (const [column, { quotesAll }] of [[sourceColumn, source] as const, [targetColumn, target] as const])
    if (quotesAll) throw new InvalidInput(`${text.name}: every sentence of column ${column} ${looksQuoted}`);
  for (const mark of listSeparators)
    if (source.quoted + target.quoted > 1 && source.quotesOnly(mark) && target.quotesOnly(mark))
      throw new InvalidInput(`${text.name}: every sentence with "${mark}", and no other, ${looksQuoted}`);
}

/** Excel quotes the cells that hold the list separator of its language, also in a file with tabs. */
const listSeparators = [',', ';'] as const;

/** Which cells of a column a spreadsheet may have quoted. */
class ColumnQuotes {
  quoted = 0;
  private lines = 0;
  private isFirstQuoted = false;
  private readonly against = new Set<string>();

  add(cell: string): void {
    const quoted = isQuoted(cell);
    if (this.lines === 0) this.isFirstQuoted = quoted;
    this.lines += 1;
    if (quoted) this.quoted += 1;
    for (const mark of listSeparators) if (cell.includes(mark) !== quoted) this.against.add(mark);
  }

  /** All but the names of the columns, which may stand in the first line without. */
  get quotesAll(): boolean {
    return this.quoted > 1 && this.quoted >= this.lines - (this.isFirstQuoted ? 0 : 1);
  }

  /** Whether the cells that hold the mark are quoted, and no others. */
  quotesOnly(mark: string): boolean {
    return !this.against.has(mark);
  }
}

const twoRows =
  'holds several rows with a carriage return (CR) alone between them; lines must end in LF or CRLF';

const looksQuoted =
  'looks quoted by a spreadsheet; say `quotes: csv` under corpus to take such quotes off, or `quotes: none` to keep them';

function cellOf(cells: readonly string[], column: number, line: TextLine, name: string): string {
  const found = cells[column];
  if (found !== undefined) return found;
  throw invalidLine(
    name,
    line.number,
    `there is no column ${column}: the line has ${cells.length} (tabs separate them, the first is 0)`,
  );
}

/** Whether the whole cell is in double quotes, with those within doubled (RFC 4180). */
function isQuoted(cell: string): boolean {
  return /^"(?:[^"]|"")*"$/.test(cell);
}

/** A cell that goes on after a tab or on the next line is no sentence. */
function unquoted(cell: string, column: number, line: TextLine, name: string): string {
  if (!cell.startsWith('"')) return cell;
  if (isQuoted(cell)) return cell.slice(1, -1).replaceAll('""', '"');
  throw invalidLine(
    name,
    line.number,
    `column ${column} begins with a quote and does not end in one, with quotes within doubled; ` +
      'a quoted sentence must not hold a tab or a line break',
  );
}

/** Text files with tabs. */
import { type FilesOf, type OpenCorpus } from './corpus-format.ts';
import { corpusOfFiles } from './files-corpus.ts';
import { invalidLine, type OnProblem, refuseProblem, type ReadingProblem } from './reading-problems.ts';
import { type ReadPair, tidySentence } from './sentence-pairs.ts';
import { readSentenceLines, type TextSource } from './text-lines.ts';

/** Columns count from 0. */
export type TsvFormat = Pick<FilesOf<'tsv'>, 'sourceColumn' | 'targetColumn' | 'quotes'>;

export const openTsv: OpenCorpus<'tsv'> = (files, { baseFolder, onProblem }) =>
  corpusOfFiles(files, baseFolder, (text) => readTsv(text, files, onProblem));

/**
 * @throws InvalidInput naming the line that lacks a column, and for a file that looks as if a spreadsheet had quoted it
 *   while nobody says what its quotes mean.
 */
export async function* readTsv(
  text: TextSource,
  format: TsvFormat,
  onProblem: OnProblem = refuseProblem,
): AsyncGenerator<ReadPair> {
  const { sourceColumn, targetColumn } = format;
  const columns = { source: new ColumnQuotes(), target: new ColumnQuotes() };
  const isRow = (part: string) => part.split('\t').length > Math.max(sourceColumn, targetColumn);
  for await (const line of readSentenceLines(text, onProblem)) {
    if (line.isBroken) continue;
    const cells = line.text.split('\t');
    if (line.text.includes('\r') && line.text.split('\r').every(isRow))
      throw invalidLine(text.name, line.number, twoRows);
    const isBlank = line.text.trim() === '';
    const read = (column: number): string | LineProblem =>
      isBlank ? '' : cellOf(cells, column, format.quotes);
    const [source, target] = [read(sourceColumn), read(targetColumn)];
    const problem = [source, target].find((each) => typeof each !== 'string');
    if (typeof source !== 'string' || typeof target !== 'string') {
      if (typeof problem === 'object') onProblem({ ...problem, name: text.name, line: line.number });
      continue;
    }
    const what = { source: `column ${sourceColumn}`, target: `column ${targetColumn}` };
    yield {
      source: tidySentence(source),
      target: tidySentence(target),
      placeOf: (side) => ({ name: text.name, line: line.number, what: isBlank ? 'the line' : what[side] }),
    };
    columns.source.add(cells[sourceColumn] ?? '');
    columns.target.add(cells[targetColumn] ?? '');
  }
  const message = format.quotes === undefined ? quotesOf(columns, format) : undefined;
  if (message !== undefined) onProblem({ kind: 'quotes', name: text.name, message });
}

type LineProblem = Pick<ReadingProblem, 'kind' | 'message'>;

/** Why the file looks as if a spreadsheet had quoted it, or undefined. */
function quotesOf(
  { source, target }: { readonly source: ColumnQuotes; readonly target: ColumnQuotes },
  { sourceColumn, targetColumn }: TsvFormat,
): string | undefined {
  for (const [column, { quotesAll }] of [[sourceColumn, source] as const, [targetColumn, target] as const])
    if (quotesAll) return `every sentence of column ${column} ${looksQuoted}`;
  for (const mark of listSeparators)
    if (source.quoted + target.quoted > 1 && source.quotesOnly(mark) && target.quotesOnly(mark))
      return `every sentence with "${mark}", and no other, ${looksQuoted}`;
  return undefined;
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

/** A cell as a sentence, or what is wrong with it. One that goes on after a tab or on the next line is no sentence. */
function cellOf(cells: readonly string[], column: number, quotes: TsvFormat['quotes']): string | LineProblem {
  const cell = cells[column];
  if (cell === undefined)
    return {
      kind: 'column',
      message: `there is no column ${column}: the line has ${cells.length} (tabs separate them, the first is 0)`,
    };
  if (quotes === 'csv') {
    if (!cell.startsWith('"')) return cell;
    if (isQuoted(cell)) return cell.slice(1, -1).replaceAll('""', '"');
    return {
      kind: 'quotes',
      message:
        `column ${column} begins with a quote and does not end in one, with quotes within doubled; ` +
        'a quoted sentence must not hold a tab or a line break',
    };
  }
  if (quotes === undefined && isQuoted(cell) && cell.slice(1, -1).includes('""'))
    return { kind: 'quotes', message: `column ${column} ${looksQuoted}` };
  return cell;
}

/** Whether the whole cell is in double quotes, with those within doubled (RFC 4180). */
function isQuoted(cell: string): boolean {
  return /^"(?:[^"]|"")*"$/.test(cell);
}

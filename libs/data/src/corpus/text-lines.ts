/** Text files line by line, whatever their size, with errors that name file and line. */
import { createReadStream } from 'node:fs';
import { HonyakuError, InvalidInput, unreadable } from '@honyaku/contracts';

/** A text that can be opened for reading: a file, or an entry of an archive. */
export interface TextSource {
  /** How errors call it. */
  readonly name: string;
  readonly open: () => Promise<AsyncIterable<Buffer>>;
}

export interface TextLine {
  /** Counts from 1. */
  readonly number: number;
  /** Without its line ending (LF or CRLF). */
  readonly text: string;
}

/** A longer line is no sentence; without a limit a binary file would be read into memory whole. */
const longestLineBytes = 1 << 20;
const lineFeed = 10;
const carriageReturn = 13;
/** The first bytes of a gzip file (RFC 1952). */
const gzipMagic = '1f8b';

export function fileText(path: string): TextSource {
  return { name: path, open: () => Promise.resolve(createReadStream(path)) };
}

/**
 * The lines of a UTF-8 text in order; a byte order mark is dropped. LF alone ends a line: a carriage return
 * within one, or Unicode's line separator, is a part of it, whatever the version of Node.
 * @throws InvalidInput when the text can't be opened, a line is not UTF-8, holds NUL or is longer than 1 MiB.
 */
export async function* readLines(source: TextSource): AsyncGenerator<TextLine> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let number = 0;
  const decode = (bytes: Uint8Array): TextLine => {
    number += 1;
    const refuse = (problem: string, cause?: unknown): InvalidInput =>
      invalidLine(source.name, number, problem, cause);
    const foreign = number === 1 ? foreignFormat(bytes) : undefined;
    if (foreign !== undefined) throw refuse(foreign);
    if (bytes.length > longestLineBytes) {
      const hint = bytes.includes(carriageReturn) ? `; ${carriageReturnsOnly}` : '';
      throw refuse(`is longer than ${longestLineBytes} bytes${hint}`);
    }
    if (bytes.includes(0)) throw refuse('holds a NUL character; save the file as UTF-8 text without it');
    try {
      const text = decoder.decode(bytes).replace(/\r$/, '');
      return { number, text: number === 1 ? text.replace(/^\uFEFF/, '') : text };
    } catch (cause) {
      throw refuse('is not UTF-8; save the file as UTF-8', cause);
    }
  };
  let rest: Buffer = Buffer.alloc(0);
  try {
    for await (const chunk of await source.open()) {
      const block: Buffer = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
      let start = 0;
      for (let end = block.indexOf(lineFeed); end >= 0; end = block.indexOf(lineFeed, start)) {
        yield decode(block.subarray(start, end));
        start = end + 1;
      }
      rest = block.subarray(start);
      if (rest.length > longestLineBytes) decode(rest);
    }
  } catch (error) {
    throw error instanceof HonyakuError ? error : unreadable(source.name, error);
  }
  if (rest.length > 0) yield decode(rest);
}

/**
 * The lines of a text that holds a sentence a line.
 * @throws InvalidInput as `readLines`, and for a text without a single LF whose lines end in CR
 */
export async function* readSentenceLines(source: TextSource): AsyncGenerator<TextLine> {
  let first: TextLine | undefined;
  for await (const line of readLines(source)) {
    if (first) yield first;
    first = line.number === 1 ? line : undefined;
    if (!first) yield line;
  }
  if (first?.text.includes('\r')) throw invalidLine(source.name, 1, carriageReturnsOnly);
  if (first) yield first;
}

const carriageReturnsOnly = 'lines must end in LF or CRLF, and these end in a carriage return (CR) alone';

/** What the first line shows of a file that is not UTF-8 text. */
function foreignFormat(bytes: Uint8Array): string | undefined {
  const start = Buffer.from(bytes.subarray(0, 2)).toString('hex');
  if (start === gzipMagic) return 'is compressed by gzip; unpack it first';
  return start === 'fffe' || start === 'feff' ? 'is UTF-16 or UTF-32; save the file as UTF-8' : undefined;
}

export function invalidLine(name: string, line: number, problem: string, cause?: unknown): InvalidInput {
  return new InvalidInput(`${name}, line ${line}: ${problem}`, { cause });
}

/** Text files line by line, whatever their size, with errors that name file and line. */
import { createReadStream } from 'node:fs';
import { HonyakuError, unreadable } from '@honyaku/contracts';
import { invalidLine, type OnProblem, type ProblemKind, refuseProblem } from './reading-problems.ts';

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
  /** Whether a problem of it was reported: the text is not what it should be. */
  readonly isBroken?: true;
}

/** A longer line is no sentence; without a limit a binary file would be read into memory whole. */
export const longestLineBytes = 1 << 20;
const lineFeed = 10;
const carriageReturn = 13;

/** A file as it is; `openedFile` unpacks compressed ones. */
export function fileText(path: string): TextSource {
  return { name: path, open: () => Promise.resolve(createReadStream(path)) };
}

/**
 * The lines of a UTF-8 text in order; a byte order mark is dropped. LF alone ends a line: a carriage return
 * within one, or Unicode's line separator, is a part of it, whatever the version of Node.
 * @param onProblem gets lines that are not UTF-8 or hold NUL; by default they are refused
 * @throws InvalidInput when the text can't be opened, a line is longer than 1 MiB, or `onProblem` throws.
 */
export async function* readLines(
  source: TextSource,
  onProblem: OnProblem = refuseProblem,
): AsyncGenerator<TextLine> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let number = 0;
  const decode = (bytes: Uint8Array): TextLine => {
    number += 1;
    const { name } = source;
    if (number === 1 && isUtf16(bytes))
      throw invalidLine(name, 1, 'is UTF-16 or UTF-32; save the file as UTF-8');
    if (bytes.length > longestLineBytes) {
      const hint = bytes.includes(carriageReturn) ? `; ${carriageReturnsOnly}` : '';
      throw invalidLine(name, number, `is longer than ${longestLineBytes} bytes${hint}`);
    }
    const broken = (kind: ProblemKind, message: string, cause?: unknown): TextLine => {
      onProblem({ kind, name, line: number, message, cause });
      return { number, text: '', isBroken: true };
    };
    if (bytes.includes(0))
      return broken('nul', 'holds a NUL character; save the file as UTF-8 text without it');
    try {
      const text = decoder.decode(bytes).replace(/\r$/, '');
      return { number, text: number === 1 ? text.replace(/^\uFEFF/, '') : text };
    } catch (cause) {
      return broken('encoding', 'is not UTF-8; save the file as UTF-8', cause);
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
export async function* readSentenceLines(
  source: TextSource,
  onProblem?: OnProblem,
): AsyncGenerator<TextLine> {
  let first: TextLine | undefined;
  for await (const line of readLines(source, onProblem)) {
    if (first) yield first;
    first = line.number === 1 ? line : undefined;
    if (!first) yield line;
  }
  if (first?.text.includes('\r')) throw invalidLine(source.name, 1, carriageReturnsOnly);
  if (first) yield first;
}

const carriageReturnsOnly = 'lines must end in LF or CRLF, and these end in a carriage return (CR) alone';

/** By its byte order mark. */
export function isUtf16(bytes: Uint8Array): boolean {
  const [first, second] = bytes;
  return (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
}

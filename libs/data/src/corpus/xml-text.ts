/** The text of an XML file in UTF-8, part by part; the line of bytes that are none is named. */
import { isUtf8 } from 'node:buffer';
import { HonyakuError, unreadable } from '@honyaku/contracts';
import { invalidLine } from './reading-problems.ts';
import { isUtf16, type TextSource } from './text-lines.ts';

const lineFeed = 10;
const firstBeyondAscii = 0x80;

/**
 * @param line of the XML that was read from the parts so far, counted from 1
 * @throws InvalidInput naming the line that is not UTF-8 or holds NUL
 */
export async function* readXmlText(source: TextSource, line: () => number): AsyncGenerator<string> {
  let rest: Buffer = Buffer.alloc(0);
  let isFirst = true;
  const decode = (bytes: Buffer): string => {
    if (isFirst && isUtf16(bytes))
      throw invalidLine(source.name, 1, 'is UTF-16 or UTF-32; save the file as UTF-8');
    if (!isUtf8(bytes))
      throw invalidLine(source.name, line() + badLineIn(bytes), 'is not UTF-8; save the file as UTF-8');
    const text = bytes.toString('utf8');
    const withoutMark = isFirst ? text.replace(/^\uFEFF/, '') : text;
    isFirst = false;
    return withoutMark;
  };
  try {
    for await (const chunk of await source.open()) {
      const block: Buffer = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
      // A character of several bytes may go on in the next chunk; one of ASCII is whole.
      const end = block.findLastIndex((byte) => byte < firstBeyondAscii) + 1;
      rest = block.subarray(end);
      if (end > 0) yield decode(block.subarray(0, end));
    }
  } catch (error) {
    throw error instanceof HonyakuError ? error : unreadable(source.name, error);
  }
  if (rest.length > 0) yield decode(rest);
}

/** How many lines come before the first that is not UTF-8. */
function badLineIn(bytes: Buffer): number {
  let start = 0;
  for (let lines = 0; ; lines += 1) {
    const end = bytes.indexOf(lineFeed, start);
    if (end < 0 || !isUtf8(bytes.subarray(start, end))) return lines;
    start = end + 1;
  }
}

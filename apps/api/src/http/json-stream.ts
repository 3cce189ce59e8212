/** Answers that may be many megabytes of JSON: they go out as they are read, no faster than the client takes them. */
import { Readable } from 'node:stream';
import { StreamableFile } from '@nestjs/common';
import { Slices } from '../event-loop/slices.ts';

const pieceBytes = 256 * 1024;
const comma = Buffer.from(',');

/**
 * `{"<name>":[…]}`. An item that cannot be had breaks the answer off: it has begun.
 * @param items each as JSON in wire form
 */
export function jsonList(
  name: string,
  items: AsyncIterable<Buffer | string> | Iterable<Buffer | string>,
): StreamableFile {
  return new StreamableFile(Readable.from(pieces(name, items), { objectMode: false }), {
    type: 'application/json; charset=utf-8',
  });
}

async function* pieces(
  name: string,
  items: AsyncIterable<Buffer | string> | Iterable<Buffer | string>,
): AsyncGenerator<Buffer> {
  const slices = new Slices();
  let piece: Buffer[] = [Buffer.from(`{"${name}":[`)];
  let bytes = 0;
  let isFirst = true;
  for await (const item of items) {
    if (!isFirst) piece.push(comma);
    isFirst = false;
    const buffer = typeof item === 'string' ? Buffer.from(item) : item;
    piece.push(buffer);
    bytes += buffer.length;
    if (bytes >= pieceBytes) {
      yield Buffer.concat(piece);
      piece = [];
      bytes = 0;
    }
    await slices.step();
  }
  yield Buffer.concat([...piece, Buffer.from(']}')]);
}

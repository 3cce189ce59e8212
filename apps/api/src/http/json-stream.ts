/** Streamed JSON answers, which may be many megabytes: items are sent as they are read, with back-pressure. */
import { Readable } from 'node:stream';
import { StreamableFile } from '@nestjs/common';
import { Slices } from '../event-loop/slices.ts';

const chunkBytes = 256 * 1024;
const comma = Buffer.from(',');

/**
 * `{"<name>":[…], …rest}`. An item that cannot be read breaks the connection, since the status line is already sent.
 * @param items each as JSON in wire form
 */
export function jsonList(
  name: string,
  items: AsyncIterable<Buffer | string> | Iterable<Buffer | string>,
  rest: object = {},
): StreamableFile {
  return new StreamableFile(Readable.from(chunks(name, items, rest), { objectMode: false }), {
    type: 'application/json; charset=utf-8',
  });
}

async function* chunks(
  name: string,
  items: AsyncIterable<Buffer | string> | Iterable<Buffer | string>,
  rest: object,
): AsyncGenerator<Buffer> {
  const slices = new Slices();
  let chunk: Buffer[] = [Buffer.from(`{"${name}":[`)];
  let bytes = 0;
  let isFirst = true;
  for await (const item of items) {
    if (!isFirst) chunk.push(comma);
    isFirst = false;
    const buffer = typeof item === 'string' ? Buffer.from(item) : item;
    chunk.push(buffer);
    bytes += buffer.length;
    if (bytes >= chunkBytes) {
      yield Buffer.concat(chunk);
      chunk = [];
      bytes = 0;
    }
    await slices.step();
  }
  const others = Object.entries(rest).map(
    (field) => `,${field.map((part) => JSON.stringify(part)).join(':')}`,
  );
  yield Buffer.concat([...chunk, Buffer.from(`]${others.join('')}}`)]);
}

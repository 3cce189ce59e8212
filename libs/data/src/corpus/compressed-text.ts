/** Texts that are compressed, known by their first bytes and not by their names: gzip, xz and zstd, nested or not. */
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline, Readable } from 'node:stream';
import { pipeline as finished } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { HonyakuError, InvalidInput, messageOf } from '@honyaku/contracts';
import { Decompress } from 'fzstd';
import xz from 'xz-decompress';
import { type TextSource } from './text-lines.ts';

/** @param check is told how many bytes are unpacked and wait; throws where they are too many */
type Unpack = (packed: AsyncIterable<Buffer>, check: (waiting: number) => void) => AsyncIterable<Buffer>;

interface Compression {
  readonly name: string;
  /** In hexadecimal digits. */
  readonly magic: string;
  readonly unpack: Unpack;
  /** Whether a process unpacks one text at a time, so that the other side of a corpus would wait for ever. */
  readonly isExclusive?: true;
}

/** The first bytes: RFC 1952, the .xz file format 1.2, RFC 8878. */
const compressions: readonly Compression[] = [
  { name: 'gzip', magic: '1f8b', unpack: gunzip },
  { name: 'xz', magic: 'fd377a585a00', unpack: unxz, isExclusive: true },
  { name: 'zstd', magic: '28b52ffd', unpack: unzstd },
];
const longestMagicBytes = 6;

/** A text that is compressed as often is not read. */
const mostLayers = 2;

/** Text of real sentences shrinks to a third or a tenth; copies of a few pairs may shrink further, while they are small. */
const mostExpansion = 100;
const expansionFreeBytes = 64 * 1024 ** 2;

/** The text of a source, unpacked where it is compressed. */
export function unpackedText(source: TextSource): TextSource {
  return { name: source.name, open: async () => unpacked(source.name, await source.open(), 0) };
}

/**
 * @throws InvalidInput for data that are damaged or cut off, or that grow as no text does
 */
async function* unpacked(
  name: string,
  packed: AsyncIterable<Buffer>,
  layers: number,
): AsyncGenerator<Buffer> {
  const { start, all } = await startOf(packed);
  const compression = compressions.find(({ magic }) => start.toString('hex').startsWith(magic));
  if (!compression) return yield* all;
  if (layers === mostLayers)
    throw new InvalidInput(`${name}: is compressed more than ${mostLayers} times; unpack it first`);
  const counts = { in: 0, out: 0 };
  const counted = async function* (): AsyncGenerator<Buffer> {
    for await (const chunk of all) {
      counts.in += chunk.length;
      yield chunk;
    }
  };
  const check = (waiting: number) => requireSaneExpansion(name, counts.in, counts.out + waiting);
  const text = async function* (): AsyncGenerator<Buffer> {
    try {
      for await (const chunk of compression.unpack(counted(), check)) {
        check(chunk.length);
        counts.out += chunk.length;
        yield chunk;
      }
    } catch (cause) {
      if (cause instanceof HonyakuError) throw cause;
      throw new InvalidInput(
        `${name}: its ${compression.name} data are damaged or cut off (${messageOf(cause)})`,
        { cause },
      );
    }
  };
  yield* unpacked(name, compression.isExclusive ? spooled(text()) : text(), layers + 1);
}

/** @throws InvalidInput for what grows beyond all text, as an archive does that is to fill a disk */
export function requireSaneExpansion(name: string, packedBytes: number, bytes: number): void {
  if (bytes > expansionFreeBytes && bytes > mostExpansion * packedBytes)
    throw new InvalidInput(
      `${name}: holds more than ${mostExpansion} times its own size; text that is real does not shrink so far`,
    );
}

/** The first bytes, and all bytes with them. */
async function startOf(
  packed: AsyncIterable<Buffer>,
): Promise<{ start: Buffer; all: AsyncIterable<Buffer> }> {
  const chunks = packed[Symbol.asyncIterator]();
  let start: Buffer = Buffer.alloc(0);
  while (start.length < longestMagicBytes) {
    const next = await chunks.next();
    if (next.done) break;
    start = start.length > 0 ? Buffer.concat([start, next.value]) : next.value;
  }
  const all = async function* (): AsyncGenerator<Buffer> {
    try {
      if (start.length > 0) yield start;
      for (;;) {
        const next = await chunks.next();
        if (next.done) return;
        yield next.value;
      }
    } finally {
      await chunks.return?.();
    }
  };
  return { start, all: all() };
}

function gunzip(packed: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  const text = createGunzip();
  // An error is thrown where the text is read.
  pipeline(Readable.from(packed), text, () => undefined);
  return text;
}

async function* unxz(packed: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const text = new xz.XzReadableStream(Readable.toWeb(Readable.from(packed)));
  for await (const chunk of text) yield Buffer.from(chunk);
}

/** The same text, from a temporary file that holds all of it. */
async function* spooled(text: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), 'honyaku-unpacked-'));
  try {
    const path = join(folder, 'text');
    await finished(text, createWriteStream(path));
    yield* createReadStream(path);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function* unzstd(
  packed: AsyncIterable<Buffer>,
  check: (waiting: number) => void,
): AsyncGenerator<Buffer> {
  let ready: Buffer[] = [];
  let waiting = 0;
  const decompress = new Decompress((chunk) => {
    // A few bytes may become many blocks before any of them is read.
    waiting += chunk.length;
    check(waiting);
    ready.push(Buffer.from(chunk));
  });
  const taken = function* (): Generator<Buffer> {
    const chunks = ready;
    ready = [];
    for (const chunk of chunks) {
      waiting -= chunk.length;
      yield chunk;
    }
  };
  for await (const chunk of packed) {
    decompress.push(chunk);
    yield* taken();
  }
  decompress.push(new Uint8Array(), true);
  yield* taken();
}

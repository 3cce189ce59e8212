/**
 * Random access to the pairs of a pairs file. Where its lines begin is in memory, once for all threads that read it, and
 * so are its bytes if they are few; else they stay on disk.
 */
import { closeSync, createReadStream, openSync, readSync } from 'node:fs';
import { Corrupt, InvalidInput, unreadable } from '@honyaku/contracts';
import { withoutControlCharacters } from '../cleaning/control-characters.ts';
import { parsePair, splitPair } from '../corpus/pairs-file.ts';
import { type SentencePair } from '../corpus/sentence-pairs.ts';

/** What another thread needs to read the same file. */
export interface IndexedFile {
  readonly path: string;
  /** Offset of each line's first byte, and at the end that of the byte after the last line. */
  readonly offsets: Float64Array<SharedArrayBuffer>;
  /** The whole file, if it is small: to read each line from disk takes as long as to encode it. */
  readonly bytes: Uint8Array<SharedArrayBuffer> | undefined;
  /** Whether pairs are given without their control characters, as `dataset.cleaning.control` says. */
  readonly withoutControl: boolean;
}

export interface IndexOptions {
  /** Files up to so many bytes are held in memory. */
  readonly mostHeld?: number;
  /** See `IndexedFile`; no by default. */
  readonly withoutControl?: boolean;
}

/** Files up to this size are held in memory. */
const mostBytesHeld = 64 * 1024 ** 2;

export class CorpusIndex {
  readonly #file: number;
  readonly #offsets: IndexedFile['offsets'];
  readonly #held: Buffer | undefined;
  readonly #decoder = new TextDecoder('utf-8', { fatal: true });

  constructor(readonly indexed: IndexedFile) {
    this.#file = openSync(indexed.path, 'r');
    this.#offsets = indexed.offsets;
    const { bytes } = indexed;
    this.#held = bytes && Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get path(): string {
    return this.indexed.path;
  }

  /**
   * @throws InvalidInput when the file can't be read or is empty.
   */
  static async open(
    path: string,
    { mostHeld = mostBytesHeld, withoutControl = false }: IndexOptions = {},
  ): Promise<CorpusIndex> {
    const starts: number[] = [0];
    const chunks: Buffer[] = [];
    let position = 0;
    const stream: AsyncIterable<Buffer> = createReadStream(path);
    try {
      for await (const chunk of stream) {
        for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1))
          starts.push(position + at + 1);
        position += chunk.length;
        if (position <= mostHeld) chunks.push(chunk);
        else chunks.length = 0;
      }
    } catch (cause) {
      throw unreadable(path, cause);
    }
    if (starts.at(-1) !== position) starts.push(position);
    if (position === 0) throw new InvalidInput(`${path}: holds no sentence pairs`);
    const { BYTES_PER_ELEMENT } = Float64Array;
    const offsets = new Float64Array(new SharedArrayBuffer(starts.length * BYTES_PER_ELEMENT));
    offsets.set(starts);
    return new CorpusIndex({
      path,
      offsets,
      bytes: position <= mostHeld ? shared(chunks, position) : undefined,
      withoutControl,
    });
  }

  get length(): number {
    return this.#offsets.length - 1;
  }

  /**
   * Pair of a line, counted from 0.
   * @throws InvalidInput when the line is not a pair.
   */
  pair(line: number): SentencePair {
    const pair = parsePair(this.#textOf(line), this.path, line + 1);
    if (!this.indexed.withoutControl) return pair;
    return {
      source: withoutControlCharacters(pair.source),
      target: withoutControlCharacters(pair.target),
    };
  }

  /**
   * The same as it stands in the file, with control characters and perhaps empty sides.
   * @throws InvalidInput when the line does not have two sides.
   */
  storedPair(line: number): SentencePair {
    return splitPair(this.#textOf(line), this.path, line + 1);
  }

  #textOf(line: number): string {
    try {
      return this.#decoder.decode(this.#bytesOf(line)).replace(/\r?\n$/, '');
    } catch (cause) {
      if (!(cause instanceof TypeError)) throw cause;
      throw new InvalidInput(`${this.path}, line ${line + 1}: is not UTF-8`, { cause });
    }
  }

  #bytesOf(line: number): Buffer {
    const start = this.#offsets[line] ?? 0;
    const end = this.#offsets[line + 1] ?? start;
    if (this.#held) return this.#held.subarray(start, end);
    const bytes = Buffer.allocUnsafe(end - start);
    if (readSync(this.#file, bytes, 0, bytes.length, start) !== bytes.length)
      throw new Corrupt(`${this.path}: became shorter while it was read`);
    return bytes;
  }

  close(): void {
    closeSync(this.#file);
  }
}

function shared(chunks: readonly Buffer[], length: number): Uint8Array<SharedArrayBuffer> {
  const all = new Uint8Array(new SharedArrayBuffer(length));
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}

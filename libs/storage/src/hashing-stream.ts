import { createHash } from 'node:crypto';
import { Transform } from 'node:stream';

/** Lets bytes through and counts and hashes them on the way. */
export class HashingStream extends Transform {
  bytes = 0;
  private readonly hash = createHash('sha256');

  override _transform(
    chunk: Buffer,
    _encoding: BufferEncoding,
    done: (error: null, chunk: Buffer) => void,
  ): void {
    this.hash.update(chunk);
    this.bytes += chunk.length;
    done(null, chunk);
  }

  /** To be asked once, after the end. */
  sha256(): string {
    return this.hash.digest('hex');
  }
}

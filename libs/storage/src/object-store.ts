/** Any S3 bucket by the minio client: conditional puts, streamed uploads, reads that are checked. */
import { randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { open, rename, rm, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { Corrupt, Unavailable, type StoredFile } from '@honyaku/contracts';
import { Client, CopyConditions } from 'minio';
import { HashingStream } from './hashing-stream.ts';
import { asStorageError, codeOf, isAbsent, isFinal } from './s3-errors.ts';

export interface ObjectStoreOptions {
  /** `http://127.0.0.1:9000` */
  readonly endpoint: string;
  readonly bucket: string;
  readonly region: string;
  readonly accessKey: string;
  readonly secretKey: string;
}

/** What a reader knows of an object beforehand. */
export type ExpectedFile = Pick<StoredFile, 'bytes' | 'sha256'>;

const tries = 5;
/** A request may take this long, and a transfer as much more as its bytes need at the slowest bearable rate. */
const requestSeconds = 30;
const slowestBytesPerSecond = 1_000_000;

export class ObjectStore {
  readonly bucket: string;
  private readonly endpoint: string;
  private readonly region: string;
  private readonly client: Client;

  constructor(options: ObjectStoreOptions) {
    const url = new URL(options.endpoint);
    this.bucket = options.bucket;
    this.endpoint = options.endpoint;
    this.region = options.region;
    this.client = new Client({
      endPoint: url.hostname,
      port: url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port),
      useSSL: url.protocol === 'https:',
      region: options.region,
      accessKey: options.accessKey,
      secretKey: options.secretKey,
      retryOptions: { disableRetry: true },
    });
  }

  /** Makes the bucket unless it is there. */
  async ensureBucket(): Promise<void> {
    await this.request(`bucket ${this.bucket}`, 0, async () => {
      if (!(await this.client.bucketExists(this.bucket))) {
        await this.client.makeBucket(this.bucket, this.region);
      }
    });
  }

  /** @throws Unavailable when the store does not answer, refuses the credentials or has no such bucket; tries once */
  async check(): Promise<void> {
    const exists = await this.once(`bucket ${this.bucket}`, 0, () => this.client.bucketExists(this.bucket));
    if (!exists) throw new Unavailable(`there is no bucket ${this.bucket} at ${this.endpoint}`);
  }

  /**
   * Writes the object unless there is one: the commit point of all that is immutable. Of any number of
   * writers at once exactly one gets 'created'. A writer whose answer was lost on the way still gets 'created',
   * since what it finds on the second try is its own bytes.
   */
  async putIfAbsent(key: string, body: string): Promise<'created' | 'exists'> {
    return this.request(key, body.length, async () => {
      try {
        await this.client.putObject(this.bucket, key, Buffer.from(body), undefined, { 'If-None-Match': '*' });
        return 'created';
      } catch (error) {
        if (codeOf(error) !== 'PreconditionFailed') throw error;
        return (await this.read(key)) === body ? 'created' : 'exists';
      }
    });
  }

  /** Writes or overwrites the object. */
  async put(key: string, body: string): Promise<void> {
    await this.request(key, body.length, () => this.client.putObject(this.bucket, key, Buffer.from(body)));
  }

  /** Uploads a file in parts, streamed; the sha256 is that of the bytes sent. */
  async putFile(key: string, path: string): Promise<StoredFile> {
    const { size } = await stat(path);
    return this.request(key, size, async () => {
      const body = new HashingStream();
      const reading = pipeline(createReadStream(path), body);
      await Promise.all([reading, this.client.putObject(this.bucket, key, body, size)]);
      return { key, bytes: size, sha256: body.sha256() };
    });
  }

  /** The object's text, or undefined when there is none. */
  async getText(key: string): Promise<string | undefined> {
    try {
      return await this.request(key, 0, () => this.read(key));
    } catch (error) {
      if (isAbsent(error)) return undefined;
      throw error;
    }
  }

  /**
   * Downloads to `path`, which appears only when every byte is as expected.
   * @throws Corrupt when size or sha256 differ; NotFound
   */
  async getFile(key: string, path: string, expected: ExpectedFile): Promise<void> {
    const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
    try {
      await this.request(key, expected.bytes, async () => {
        const hashing = new HashingStream();
        await pipeline(await this.client.getObject(this.bucket, key), hashing, createWriteStream(temporary));
        const { bytes } = hashing;
        const sha256 = hashing.sha256();
        if (bytes !== expected.bytes || sha256 !== expected.sha256) {
          throw new Corrupt(
            `${key}: stored are ${bytes} bytes with sha256 ${sha256}, the record says ${expected.bytes} with ${expected.sha256}`,
          );
        }
      });
      const file = await open(temporary, 'r');
      await file.sync();
      await file.close();
      await rename(temporary, path);
    } finally {
      await rm(temporary, { force: true });
    }
  }

  /** Copies within the bucket, on the server. */
  async copy(fromKey: string, toKey: string): Promise<void> {
    const source = `/${this.bucket}/${fromKey}`;
    await this.request(fromKey, 0, () =>
      this.client.copyObject(this.bucket, toKey, source, new CopyConditions()),
    );
  }

  /** All objects whose key starts with `prefix`, streamed. */
  async *list(prefix: string): AsyncGenerator<{ key: string; bytes: number }> {
    try {
      for await (const item of this.client.listObjectsV2(this.bucket, prefix, true)) {
        const { name, size } = item as { name?: string; size?: number };
        if (name !== undefined) yield { key: name, bytes: size ?? 0 };
      }
    } catch (error) {
      throw asStorageError(error, prefix, this.endpoint);
    }
  }

  /** A URL by which anyone can read the object for `seconds`. */
  async presignedGet(key: string, seconds: number): Promise<string> {
    return this.request(key, 0, () => this.client.presignedGetObject(this.bucket, key, seconds));
  }

  /** Removes the objects; what is not there does not matter. */
  async remove(keys: readonly string[]): Promise<void> {
    for (const key of keys) await this.request(key, 0, () => this.client.removeObject(this.bucket, key));
  }

  private async read(key: string): Promise<string> {
    const body = await this.client.getObject(this.bucket, key);
    const chunks: Buffer[] = [];
    for await (const chunk of body) chunks.push(Buffer.from(chunk));
    return Buffer.concat(chunks).toString('utf8');
  }

  /** Runs with time limit and a bounded number of tries with growing pauses. */
  private async request<Result>(
    what: string,
    bytes: number,
    attempt: () => Promise<Result>,
  ): Promise<Result> {
    for (let count = 1; ; count += 1) {
      try {
        return await this.once(what, bytes, attempt);
      } catch (error) {
        const cause = error instanceof Unavailable ? error.cause : error;
        if (count >= tries || isFinal(cause ?? error)) throw error;
        await delay(100 * 2 ** count * (0.5 + Math.random()));
      }
    }
  }

  private async once<Result>(what: string, bytes: number, attempt: () => Promise<Result>): Promise<Result> {
    const limit = requestSeconds + bytes / slowestBytesPerSecond;
    const clock = new AbortController();
    const tooLate = delay(limit * 1000, undefined, { signal: clock.signal }).then(
      () => {
        throw Object.assign(new Error(`no answer within ${Math.round(limit)} s`), { code: 'ETIMEDOUT' });
      },
      () => new Promise<never>(() => undefined),
    );
    try {
      return await Promise.race([attempt(), tooLate]);
    } catch (error) {
      throw asStorageError(error, what, this.endpoint);
    } finally {
      clock.abort();
    }
  }
}

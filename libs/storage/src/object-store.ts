/** Any S3 bucket by the minio client: conditional puts, streamed uploads, reads that are checked. */
import { randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { open, rename, rm, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { Corrupt, type StoredFile, Unavailable, fromJson, codeOf } from '@honyaku/contracts';
import { type Client, CopyConditions } from 'minio';
import { type z } from 'zod';
import { BucketVersions, UnfinishedUploads } from './leftovers.ts';
import { HashingStream } from './hashing-stream.ts';
import { type Folder } from './keys.ts';
import { S3Client } from './s3-client.ts';
import { asStorageError, isAbsent, isAnswer } from './s3-errors.ts';
import { type ObservedRequest, type RequestLimits, StoreRequests } from './store-requests.ts';

export interface ObjectStoreOptions {
  /** `http://127.0.0.1:9000` */
  readonly endpoint: string;
  readonly bucket: string;
  readonly region: string;
  readonly accessKey: string;
  readonly secretKey: string;
  /** Of temporary credentials. */
  readonly sessionToken?: string | undefined;
  /** Of each try of a request: 30 unless set. */
  readonly requestSeconds?: RequestLimits['requestSeconds'];
  /** Of a request with all its tries: without limit unless set. */
  readonly totalSeconds?: RequestLimits['totalSeconds'];
  /** Called with every request when it has ended. */
  readonly observe?: (request: ObservedRequest) => void;
}

/** What a reader knows of an object beforehand. */
export type ExpectedFile = Pick<StoredFile, 'bytes' | 'sha256'>;

/** That a request may take. */
const usualSeconds = 30;
/** That a store may work on the copy of a large object. */
const copySeconds = 60;
/** Larger files go up in parts of this size, one of which is in memory at a time. */
const partBytes = 16 * 1024 ** 2;
/** Keys in one answer of a listing. */
const pageKeys = 1000;
const removalsAtOnce = 16;
/** A readiness check has to answer while somebody waits. */
const checkSeconds = 5;

export class ObjectStore {
  readonly bucket: string;
  readonly unfinishedUploads: UnfinishedUploads;
  readonly versions: BucketVersions;
  readonly endpoint: string;
  private readonly region: string;
  private readonly requests: StoreRequests;
  private readonly client: Client;

  constructor(options: ObjectStoreOptions) {
    const url = new URL(options.endpoint);
    this.bucket = options.bucket;
    this.endpoint = options.endpoint;
    this.region = options.region;
    const { requestSeconds = usualSeconds, totalSeconds = Infinity, observe = () => undefined } = options;
    this.requests = new StoreRequests(options.endpoint, { requestSeconds, totalSeconds }, observe);
    const { sessionToken } = options;
    this.client = new S3Client(url, {
      region: options.region,
      accessKey: options.accessKey,
      secretKey: options.secretKey,
      ...(sessionToken === undefined ? {} : { sessionToken }),
      partSize: partBytes,
      transport: this.requests.transport,
      retryOptions: { disableRetry: true },
    });
    this.unfinishedUploads = new UnfinishedUploads(this.client, this.bucket, this.requests);
    this.versions = new BucketVersions(this.client, this.bucket, this.requests);
  }

  /** Makes the bucket unless it is there. */
  async ensureBucket(): Promise<void> {
    await this.requests.run({ operation: 'ensure-bucket', key: `bucket ${this.bucket}` }, async () => {
      if (await this.bucketExists()) return;
      try {
        await this.client.makeBucket(this.bucket, this.region);
      } catch (cause) {
        // Somebody else was quicker, which is as good.
        if (await this.bucketExists()) return;
        const { message } = asStorageError(cause, 'making it', this.endpoint);
        throw new Unavailable(`there is no bucket ${this.bucket} at ${this.endpoint}; ${message}`, { cause });
      }
    });
  }

  /** @throws Unavailable when the store does not answer, refuses the credentials or has no such bucket; tries once */
  async check(): Promise<void> {
    const exists = await this.requests.once(`bucket ${this.bucket}`, checkSeconds, () => this.bucketExists());
    if (!exists) throw new Unavailable(`there is no bucket ${this.bucket} at ${this.endpoint}`);
  }

  /**
   * Writes the object unless there is one: the commit point of all that is immutable. Of any number of
   * writers at once exactly one gets 'created', also when the store's answer to it was lost on the way: on
   * its next try it finds its own mark on the object.
   */
  async putIfAbsent(key: string, body: string | Buffer): Promise<'created' | 'exists'> {
    const bytes = Buffer.from(body);
    const writer = randomBytes(12).toString('hex');
    const headers = { 'If-None-Match': '*', 'X-Amz-Meta-Writer': writer };
    return this.requests.run({ operation: 'put-if-absent', key, sent: bytes.length }, async (attempt) => {
      try {
        await this.client.putObject(this.bucket, key, bytes, bytes.length, headers);
        return 'created';
      } catch (error) {
        if (codeOf(error) !== 'PreconditionFailed') throw error;
        if (attempt === 1) return 'exists';
        const { metaData } = await this.client.statObject(this.bucket, key);
        return metaData['writer'] === writer ? 'created' : 'exists';
      }
    });
  }

  /** Writes or overwrites the object. */
  async put(key: string, body: string | Buffer): Promise<void> {
    const bytes = Buffer.from(body);
    await this.requests.run({ operation: 'put', key, sent: bytes.length }, () =>
      this.client.putObject(this.bucket, key, bytes, bytes.length),
    );
  }

  /** Uploads a file in parts, streamed; the sha256 is that of the bytes sent. */
  async putFile(key: string, path: string): Promise<StoredFile> {
    const { size } = await stat(path).catch((error: unknown) => {
      throw asStorageError(error, key, this.endpoint);
    });
    return this.requests.run({ operation: 'put-file', key, sent: size }, async () => {
      if (size > partBytes) await this.unfinishedUploads.abortOf(key);
      const body = new HashingStream();
      const reading = pipeline(createReadStream(path), body);
      try {
        await Promise.all([reading, this.client.putObject(this.bucket, key, body, size)]);
      } catch (error) {
        body.destroy();
        await reading.catch(() => undefined);
        throw error;
      }
      const stored = await this.client.statObject(this.bucket, key);
      if (body.bytes !== size || stored.size !== size) {
        throw new Corrupt(`${key}: of ${size} bytes ${body.bytes} were sent and ${stored.size} are stored`);
      }
      return { key, bytes: size, sha256: body.sha256() };
    });
  }

  /** The object's text, or undefined when there is none. */
  async getText(key: string): Promise<string | undefined> {
    const received = (body: Buffer) => body.length;
    try {
      return (await this.requests.run({ operation: 'get', key, received }, () => this.read(key))).toString(
        'utf8',
      );
    } catch (error) {
      if (isAbsent(error)) return undefined;
      throw error;
    }
  }

  /** The object's size, or undefined when there is none. */
  async bytesOf(key: string): Promise<number | undefined> {
    try {
      const stat = () => this.client.statObject(this.bucket, key);
      return (await this.requests.run({ operation: 'stat', key }, stat)).size;
    } catch (error) {
      if (isAbsent(error)) return undefined;
      throw error;
    }
  }

  /** The record that the object's text is, or undefined when there is none. @throws Corrupt when it does not fit */
  async getRecord<Schema extends z.ZodType>(
    schema: Schema,
    key: string,
  ): Promise<z.output<Schema> | undefined> {
    const text = await this.getText(key);
    return text === undefined ? undefined : fromJson(schema, text, key);
  }

  /**
   * Downloads to `path`, which appears only when every byte is as expected.
   * @throws Corrupt when size or sha256 differ; NotFound
   */
  async getFile(key: string, path: string, expected: ExpectedFile): Promise<void> {
    const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
    try {
      await this.requests.run({ operation: 'get-file', key, received: expected.bytes }, async () => {
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
    await this.requests.run({ operation: 'copy', key: fromKey, workSeconds: copySeconds }, () =>
      this.client.copyObject(this.bucket, toKey, source, new CopyConditions()),
    );
  }

  /**
   * All objects in the folder and the folders in it, in order, a page in memory at a time. A folder's key ends
   * with a slash: without one, `sweeps/a` would be the beginning of `sweeps/ab/…` too.
   * @param after a key: only what comes after it
   */
  async *list(folder: Folder, after = ''): AsyncGenerator<{ key: string; bytes: number }> {
    let last = after;
    for (let more = true; more;) {
      const page = await this.requests.run({ operation: 'list', key: folder }, () =>
        this.client.listObjectsV2Query(this.bucket, folder, '', '', pageKeys, last),
      );
      for (const { name, size } of page.objects) {
        if (name === undefined) continue;
        last = name;
        yield { key: name, bytes: size ?? 0 };
      }
      more = page.isTruncated && page.objects.length > 0;
    }
  }

  /** Names of the folders right under `prefix`. */
  async *folders(prefix: Folder): AsyncGenerator<string> {
    let token = '';
    for (let more = true; more;) {
      const page = await this.requests.run({ operation: 'list', key: prefix }, () =>
        this.client.listObjectsV2Query(this.bucket, prefix, token, '/', pageKeys, ''),
      );
      for (const { prefix: folder } of page.objects) {
        if (folder !== undefined) yield folder.slice(prefix.length, -1);
      }
      token = page.nextContinuationToken;
      more = page.isTruncated && token !== '';
    }
  }

  /** A URL by which anyone can read the object for `seconds`. */
  async presignedGet(key: string, seconds: number): Promise<string> {
    return this.requests.run({ operation: 'presign', key }, () =>
      this.client.presignedGetObject(this.bucket, key, seconds),
    );
  }

  /** Removes the objects; what is not there does not matter. */
  async remove(keys: readonly string[]): Promise<void> {
    for (let from = 0; from < keys.length; from += removalsAtOnce) {
      const some = keys.slice(from, from + removalsAtOnce);
      await Promise.all(
        some.map((key) =>
          this.requests.run({ operation: 'remove', key }, () => this.client.removeObject(this.bucket, key)),
        ),
      );
    }
  }

  private async bucketExists(): Promise<boolean> {
    try {
      return await this.client.bucketExists(this.bucket);
    } catch (error) {
      if (!isAnswer(error)) throw error;
      // What is refused to HEAD has no body, and so no reason: a GET for the same has.
      await this.client.listObjectsV2Query(this.bucket, '', '', '', 1, '');
      return true;
    }
  }

  private async read(key: string): Promise<Buffer> {
    const body = await this.client.getObject(this.bucket, key);
    const chunks: Buffer[] = [];
    for await (const chunk of body) chunks.push(Buffer.from(chunk));
    return Buffer.concat(chunks);
  }
}

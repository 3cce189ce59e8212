/** Models that sweeps start from, in the bucket: their files by sha256, and a record each, the commit point. */
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { isDeepStrictEqual } from 'node:util';
import {
  Conflict,
  InvalidInput,
  NotFound,
  Hyperparameters,
  type StartFile,
  type StartModel,
  StartRecord,
  type StoredFile,
  architectureOf,
  describeIssues,
  maxCorpusBytes,
  startRecordOf,
  toJson,
} from '@honyaku/contracts';
import { HashingStream, type ObjectStore, keys, processFolder } from '@honyaku/storage';
import { bounded } from '../corpora/bounded.ts';

const uploadMilliseconds = 3600_000;

export class StartStore {
  constructor(private readonly objects: ObjectStore) {}

  /** @throws NotFound */
  async record(digest: string): Promise<StartRecord> {
    const record = await this.find(digest);
    if (!record) throw new NotFound(`there is no model ${digest} to start from`);
    return record;
  }

  /** @returns undefined when there is none */
  find(digest: string): Promise<StartRecord | undefined> {
    return this.objects.getRecord(StartRecord, keys.start(digest));
  }

  /** @throws InvalidInput when the bytes do not match the sha256 */
  async uploadFile(sha256: string, body: Readable): Promise<StartFile> {
    const key = startFileKey(sha256);
    const stored = await this.objects.bytesOf(key);
    if (stored !== undefined) {
      body.resume();
      return { bytes: stored, sha256 };
    }
    const folder = await processFolder('start');
    try {
      const path = join(folder, 'file');
      const measured = new HashingStream();
      await pipeline(body, bounded(maxCorpusBytes, 'file'), measured, createWriteStream(path), {
        signal: AbortSignal.timeout(uploadMilliseconds),
      });
      const found = measured.sha256();
      if (found !== sha256)
        throw new InvalidInput(`file: the sha256 of the body is ${found}, but the path has ${sha256}`);
      await this.objects.putFile(key, path);
      return { bytes: measured.bytes, sha256 };
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  /**
   * Stores a model, unless it is there already.
   * @throws InvalidInput when it is not of the digest or not a network of ours; Conflict when a file is not uploaded
   */
  async store(digest: string, model: StartModel): Promise<StartRecord> {
    const record = startRecordOf(model);
    if (record.digest !== digest)
      throw new InvalidInput(
        `start: the digest of the model is ${record.digest}, but the path has ${digest}`,
      );
    requireArchitecture(model);
    for (const [name, { sha256, bytes }] of Object.entries(record.files))
      if ((await this.objects.bytesOf(startFileKey(sha256))) !== bytes)
        throw new Conflict(
          `start: the file ${name} is not uploaded; upload it first (PUT /v1/starts/files/${sha256})`,
        );
    return this.commit(record);
  }

  /** Stores a model whose files lie elsewhere in the bucket, by their keys, unless it is there already. */
  async storeCopy(record: StartRecord, files: readonly StoredFile[]): Promise<StartRecord> {
    const known = await this.find(record.digest);
    if (known) return known;
    for (const { key, sha256 } of files) await this.objects.copy(key, startFileKey(sha256));
    return this.commit(record);
  }

  private async commit(record: StartRecord): Promise<StartRecord> {
    const key = keys.start(record.digest);
    await this.objects.putIfAbsent(key, toJson(StartRecord, record));
    return this.record(record.digest);
  }
}

function startFileKey(sha256: string): string {
  return `${keys.startFiles}/${sha256}`;
}

/** @throws InvalidInput when it is not all that an architecture of ours has, and no more */
function requireArchitecture({ architecture }: StartModel): void {
  const parsed = Hyperparameters.safeParse(architecture);
  if (!parsed.success) throw new InvalidInput(`start.architecture: ${describeIssues(parsed.error)}`);
  if (!isDeepStrictEqual(architectureOf(parsed.data), architecture))
    throw new InvalidInput(
      `start.architecture: must have ${Object.keys(architectureOf(parsed.data)).join(', ')} and nothing else`,
    );
}

/** Corpora in the bucket: validated before they are stored; the record is the commit point. */
import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  Corrupt,
  CorpusRecord,
  type CorpusUpload,
  InvalidInput,
  NotFound,
  maxCorpusBytes,
  toJson,
} from '@honyaku/contracts';
import { validateCorpusFile } from '@honyaku/data';
import { type ObjectStore, keys, processFolder } from '@honyaku/storage';
import { bounded } from './bounded.ts';

const uploadMilliseconds = 3600_000;

export class CorpusStore {
  constructor(private readonly objects: ObjectStore) {}

  /** @throws NotFound, also when the record is unreadable, which another upload mends */
  async record(digest: string): Promise<CorpusRecord> {
    const record = await this.stored(digest);
    if (!record) throw new NotFound(`there is no corpus ${digest}`);
    if (record === 'unreadable')
      throw new NotFound(`${keys.corpus(digest)} is unreadable: upload the corpus again`);
    return record;
  }

  /**
   * Stores the pairs, unless the corpus is there already; of concurrent uploads, the first readable record stays.
   * @throws InvalidInput when a line is not a pair, or the bytes do not match the digest
   */
  async upload(digest: string, upload: CorpusUpload, pairs: Readable): Promise<CorpusRecord> {
    const known = await this.stored(digest);
    if (known && known !== 'unreadable') {
      pairs.resume();
      return known;
    }
    const folder = await processFolder('corpus');
    try {
      const path = join(folder, 'pairs.tsv');
      await pipeline(pairs, bounded(maxCorpusBytes, 'corpus'), createWriteStream(path), {
        signal: AbortSignal.timeout(uploadMilliseconds),
      });
      const measured = await validateCorpusFile(path, 'corpus');
      if (measured.digest !== digest) {
        throw new InvalidInput(
          `corpus: the sha256 of the body is ${measured.digest}, but the path has ${digest}`,
        );
      }
      const file = `${randomUUID()}/pairs.tsv`;
      await this.objects.putFile(`${keys.corpusFolder(digest)}/${file}`, path);
      const record: CorpusRecord = { digest, file, bytes: measured.bytes, pairs: measured.pairs, ...upload };
      const json = toJson(CorpusRecord, record);
      if (known === 'unreadable') await this.objects.put(keys.corpus(digest), json);
      else await this.objects.putIfAbsent(keys.corpus(digest), json);
      return await this.record(digest);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  private async stored(digest: string): Promise<CorpusRecord | 'unreadable' | undefined> {
    try {
      return await this.objects.getRecord(CorpusRecord, keys.corpus(digest));
    } catch (error) {
      if (error instanceof Corrupt) return 'unreadable';
      throw error;
    }
  }
}

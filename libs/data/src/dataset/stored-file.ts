import { createHash } from 'node:crypto';
import { type StoredFile } from '@honyaku/contracts';

/** A file of a dataset, by its content. @param key its name in the dataset's folder */
export function storedFileOf(key: string, bytes: Uint8Array): StoredFile {
  return { key, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
}

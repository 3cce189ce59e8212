import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readdir, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Sha256 } from '@honyaku/contracts';
import type { ExpectedFile, ObjectStore } from './object-store.ts';

/**
 * Verified local copies of objects, named by their sha256; the least recently used go when there is no room.
 * Several processes may share a folder: files appear whole, by renaming.
 */
export class FileCache {
  private readonly folder: string;
  private readonly maxBytes: number;
  private readonly store: ObjectStore;
  private readonly underWay = new Map<Sha256, Promise<string>>();
  private readonly verified = new Set<Sha256>();

  constructor(options: { readonly folder: string; readonly maxBytes: number; readonly store: ObjectStore }) {
    this.folder = options.folder;
    this.maxBytes = options.maxBytes;
    this.store = options.store;
  }

  /**
   * Path of a local copy, downloaded if need be. Each file is hashed once a process, so one that was
   * damaged on disk is fetched again.
   * @throws Corrupt, NotFound, Unavailable
   */
  fetch(key: string, expected: ExpectedFile): Promise<string> {
    const known = this.underWay.get(expected.sha256);
    if (known) return known;
    const fetching = this.fetchOnce(key, expected).finally(() => this.underWay.delete(expected.sha256));
    this.underWay.set(expected.sha256, fetching);
    return fetching;
  }

  private async fetchOnce(key: string, expected: ExpectedFile): Promise<string> {
    await mkdir(this.folder, { recursive: true });
    const path = join(this.folder, expected.sha256);
    if (!(await this.holds(path, expected))) {
      await this.makeRoom(expected.bytes);
      await this.store.getFile(key, path, expected);
      this.verified.add(expected.sha256);
    }
    const now = new Date();
    await utimes(path, now, now);
    return path;
  }

  private async holds(path: string, { bytes, sha256 }: ExpectedFile): Promise<boolean> {
    const found = await stat(path).catch(() => undefined);
    if (found?.size !== bytes) return false;
    if (this.verified.has(sha256)) return true;
    const hash = createHash('sha256');
    await pipeline(createReadStream(path), hash);
    if (hash.digest('hex') !== sha256) return false;
    this.verified.add(sha256);
    return true;
  }

  private async makeRoom(bytes: number): Promise<void> {
    const names = (await readdir(this.folder)).filter((name) => /^[0-9a-f]{64}$/.test(name));
    const files = await Promise.all(
      names.map(async (name) => ({
        name,
        found: await stat(join(this.folder, name)).catch(() => undefined),
      })),
    );
    let total = files.reduce((sum, { found }) => sum + (found?.size ?? 0), 0);
    const oldestFirst = files.sort((a, b) => (a.found?.mtimeMs ?? 0) - (b.found?.mtimeMs ?? 0));
    for (const { name, found } of oldestFirst) {
      if (total + bytes <= this.maxBytes) return;
      if (this.underWay.has(name)) continue;
      await rm(join(this.folder, name), { force: true });
      this.verified.delete(name);
      total -= found?.size ?? 0;
    }
  }
}

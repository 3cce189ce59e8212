import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type Sha256 } from '@honyaku/contracts';
import { type ExpectedFile, type ObjectStore } from './object-store.ts';

/** A download that has not grown for this long belongs to a process that is gone. */
const abandonedAfterMilliseconds = 3600 * 1000;

/** Whether a file was there or had to be downloaded. */
export type CacheResult = 'hit' | 'miss';

/**
 * Verified local copies of objects, named by their sha256; the least recently used go when there is no room.
 * Several processes may share a folder: files appear whole, by renaming.
 */
export class FileCache {
  private readonly folder: string;
  private readonly maxBytes: number;
  private readonly store: ObjectStore;
  private readonly underWay = new Map<Sha256, { readonly bytes: number; readonly path: Promise<string> }>();
  private readonly verified = new Set<Sha256>();

  private readonly observe: (result: CacheResult) => void;

  constructor(options: {
    readonly folder: string;
    readonly maxBytes: number;
    readonly store: ObjectStore;
    /** Called for every file that is asked for. */
    readonly observe?: (result: CacheResult) => void;
  }) {
    this.observe = options.observe ?? (() => undefined);
    this.folder = options.folder;
    this.maxBytes = options.maxBytes;
    this.store = options.store;
  }

  /**
   * Path of a local copy, downloaded if need be. Each file is hashed once a process, so one that was
   * damaged on disk is fetched again. A later fetch may remove it: open it before that (what is open stays
   * readable).
   * @throws Corrupt, NotFound, Unavailable
   */
  fetch(key: string, expected: ExpectedFile): Promise<string> {
    const known = this.underWay.get(expected.sha256);
    if (known) {
      this.observe('hit');
      return known.path;
    }
    const path = this.fetchOnce(key, expected).finally(() => this.underWay.delete(expected.sha256));
    this.underWay.set(expected.sha256, { bytes: expected.bytes, path });
    return path;
  }

  /** Takes over a file that was just uploaded, so that its next reader here need not download it. */
  async adopt(path: string, { sha256 }: ExpectedFile): Promise<void> {
    await mkdir(this.folder, { recursive: true });
    await rename(path, join(this.folder, sha256));
    this.verified.add(sha256);
    await this.makeRoom();
  }

  private async fetchOnce(key: string, expected: ExpectedFile): Promise<string> {
    await mkdir(this.folder, { recursive: true });
    const path = join(this.folder, expected.sha256);
    const isThere = await this.holds(path, expected);
    this.observe(isThere ? 'hit' : 'miss');
    if (!isThere) {
      await this.makeRoom();
      await this.store.getFile(key, path, expected);
      this.verified.add(expected.sha256);
    }
    return path;
  }

  private async holds(path: string, { bytes, sha256 }: ExpectedFile): Promise<boolean> {
    try {
      // Marks it as used before looking, so that another process is unlikely to choose it to make room.
      const now = new Date();
      await utimes(path, now, now);
      const { size } = await stat(path);
      if (size !== bytes) return false;
      if (this.verified.has(sha256)) return true;
      const hash = createHash('sha256');
      await pipeline(createReadStream(path), hash);
      if (hash.digest('hex') !== sha256) return false;
    } catch {
      // Absent, removed meanwhile or unreadable: all are cured by a new copy.
      return false;
    }
    this.verified.add(sha256);
    return true;
  }

  /** Removes what was used longest ago until everything under way fits, and what killed processes left. */
  private async makeRoom(): Promise<void> {
    const copies = [];
    for (const name of await readdir(this.folder)) {
      const found = await stat(join(this.folder, name)).catch(() => undefined);
      if (found === undefined) continue;
      if (name.endsWith('.tmp') && Date.now() - found.mtimeMs > abandonedAfterMilliseconds) {
        await rm(join(this.folder, name), { force: true });
      }
      if (/^[0-9a-f]{64}$/.test(name) && !this.underWay.has(name)) copies.push({ name, found });
    }
    let total = [...this.underWay.values()].reduce((sum, { bytes }) => sum + bytes, 0);
    for (const { found } of copies) total += found.size;
    copies.sort((a, b) => a.found.mtimeMs - b.found.mtimeMs);
    for (const { name, found } of copies) {
      if (total <= this.maxBytes) return;
      await rm(join(this.folder, name), { force: true });
      this.verified.delete(name);
      total -= found.size;
    }
  }
}

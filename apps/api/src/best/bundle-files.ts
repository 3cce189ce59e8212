/** Local, verified copies of best bundles' files, for the translator and for downloads. */
import { rm } from 'node:fs/promises';
import { type BundleConfig, Corrupt, NotFound, type StoredFile } from '@honyaku/contracts';
import { FileCache, type ObjectStore, processFolder } from '@honyaku/storage';
import { type BestBundles, bundleKey } from './best-bundles.ts';
import { type BundleSource } from '../translator/translator.ts';

const cacheBytes = 4 * 1024 ** 3;

export class BundleFiles implements BundleSource {
  private cache: Promise<{ folder: string; files: FileCache }> | undefined;

  constructor(
    private readonly objects: ObjectStore,
    private readonly bundles: BestBundles,
  ) {}

  config(sweepId: string): Promise<BundleConfig> {
    return this.bundles.config(sweepId);
  }

  async fetch({ sweepId }: BundleConfig, file: StoredFile): Promise<string> {
    this.cache ??= this.openCache();
    const { files } = await this.cache;
    const key = bundleKey(sweepId, file.key);
    try {
      return await files.fetch(key, file);
    } catch (error) {
      if (!(error instanceof Corrupt || error instanceof NotFound)) throw error;
      await this.bundles.writeAgain(sweepId);
      return files.fetch(key, file);
    }
  }

  async clear(): Promise<void> {
    const cache = await this.cache;
    this.cache = undefined;
    if (cache) await rm(cache.folder, { recursive: true, force: true });
  }

  private async openCache(): Promise<{ folder: string; files: FileCache }> {
    const folder = await processFolder('translator');
    return { folder, files: new FileCache({ folder, maxBytes: cacheBytes, store: this.objects }) };
  }
}

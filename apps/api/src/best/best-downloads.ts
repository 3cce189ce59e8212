/** Downloads of the best bundle: presigned URLs, stable keys in the bucket, and the files through the API. */
import { type FileHandle, open } from 'node:fs/promises';
import {
  type BestBundle,
  type BundleConfig,
  BundleFile,
  Conflict,
  Corrupt,
  EvaluationRecord,
  InvalidInput,
  NotFound,
  marianFileNames,
  marianTexts,
} from '@honyaku/contracts';
import { ObjectStore, keys } from '@honyaku/storage';
import { type Readable } from 'node:stream';
import { type BundleFiles } from './bundle-files.ts';
import { type ArchiveFile, archiveOf, closeAll } from './marian-archive.ts';
import { type BestBundles, bundleKey } from './best-bundles.ts';
import { type SweepStore } from '../store/sweep-store.ts';

const expiresInSeconds = 3600;

/** The bucket at the endpoint that clients reach, for presigned URLs. */
export class PublishedBucket extends ObjectStore {}

export class BestDownloads {
  constructor(
    private readonly objects: ObjectStore,
    private readonly published: PublishedBucket,
    private readonly store: SweepStore,
    private readonly bundles: BestBundles,
    private readonly files: BundleFiles,
  ) {}

  /** @throws NotFound when there is no such sweep, or no best checkpoint yet */
  async of(sweepId: string): Promise<BestBundle> {
    await this.store.row(sweepId);
    const config = await this.bundles.config(sweepId);
    const { model, source, target, vocabulary } = config.files;
    const url = (name: string) => this.published.presignedGet(bundleKey(sweepId, name), expiresInSeconds);
    return {
      config,
      bucket: this.objects.bucket,
      prefix: `${keys.bestFolder(sweepId)}/`,
      samples: await this.samples(config),
      expiresInSeconds,
      urls: {
        model: await url(model.key),
        source: await url(source.key),
        target: await url(target.key),
        ...(vocabulary ? { vocabulary: await url(vocabulary.key) } : {}),
        config: await url('config.json'),
      },
    };
  }

  /** Sample translations; none where their record is gone or damaged, as the bundle is whole without it. */
  private async samples({ trialId, epoch }: BundleConfig): Promise<BestBundle['samples']> {
    try {
      const key = keys.evaluationRecord(trialId, epoch);
      return (await this.objects.getRecord(EvaluationRecord, key))?.samples ?? [];
    } catch (error) {
      if (error instanceof Corrupt) return [];
      throw error;
    }
  }

  /**
   * A file of the bundle, verified and open for reading.
   * @throws NotFound as `of`, and for a file that the bundle does not have; Corrupt while the bundle is being replaced by a better one
   */
  async file(sweepId: string, name: BundleFile): Promise<{ file: FileHandle; bytes: number }> {
    await this.store.row(sweepId);
    const config = await this.bundles.config(sweepId);
    const stored = config.files[name];
    if (!stored) throw new NotFound(`the best checkpoint of sweep ${sweepId} has no file ${name}`);
    return { file: await open(await this.files.fetch(config, stored)), bytes: stored.bytes };
  }

  /**
   * A tar archive of the bundle in Marian's form, in a folder of the sweep's name; its files are verified before it begins.
   * @throws NotFound as `of`; Conflict when the form cannot hold the bundle; Corrupt as `file`
   */
  async marianArchive(sweepId: string): Promise<Readable> {
    const { spec } = await this.store.row(sweepId);
    const config = await this.bundles.config(sweepId);
    const texts = [...textsOf(config, spec.dataset.maxTokens)].map(([name, text]) => ({ name, text }));
    const files: ArchiveFile[] = [];
    try {
      for (const part of BundleFile.options) {
        const stored = config.files[part];
        if (!stored) continue;
        const file = await open(await this.files.fetch(config, stored));
        files.push({ name: marianFileNames[part], file, bytes: stored.bytes });
      }
    } catch (error) {
      await closeAll(files);
      throw error;
    }
    return archiveOf(`${sweepId}-marian`, [...files, ...texts]);
  }
}

/** The request is right, and the bundle that the sweep has now is not: a later one may be. @throws Conflict */
function textsOf(config: BundleConfig, maxTokens: number): ReadonlyMap<string, string> {
  try {
    return marianTexts(config, maxTokens);
  } catch (error) {
    if (error instanceof InvalidInput) throw new Conflict(error.message, { cause: error });
    throw error;
  }
}

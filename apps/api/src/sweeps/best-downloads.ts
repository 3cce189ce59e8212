/** Where to fetch the best bundle: presigned URLs and stable keys. */
import { type BestBundle, EvaluationRecord, fromJson } from '@honyaku/contracts';
import { type ObjectStore, keys } from '@honyaku/storage';
import { type BestBundles, bundleKey } from './best-bundles.ts';
import { type SweepStore } from './sweep-store.ts';

const expiresInSeconds = 3600;

export class BestDownloads {
  constructor(
    private readonly objects: ObjectStore,
    private readonly bucket: string,
    private readonly store: SweepStore,
    private readonly bundles: BestBundles,
  ) {}

  /** @throws NotFound when there is no such sweep, or no best checkpoint yet */
  async of(sweepId: string): Promise<BestBundle> {
    await this.store.row(sweepId);
    const config = await this.bundles.config(sweepId);
    const evaluationKey = keys.evaluationRecord(config.trialId, config.epoch);
    const evaluation = await this.objects.getText(evaluationKey);
    const url = (name: string) => this.objects.presignedGet(bundleKey(sweepId, name), expiresInSeconds);
    return {
      config,
      bucket: this.bucket,
      prefix: `${keys.bestFolder(sweepId)}/`,
      samples: evaluation === undefined ? [] : fromJson(EvaluationRecord, evaluation, evaluationKey).samples,
      expiresInSeconds,
      urls: {
        model: await url(config.files.model.key),
        source: await url(config.files.source.key),
        target: await url(config.files.target.key),
        config: await url('config.json'),
      },
    };
  }
}

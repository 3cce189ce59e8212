/**
 * `sweeps/<sweep>/best/`: the best checkpoint so far as a self-contained bundle. `config.json` is written last and
 * holds the sha256 of each file. For a fraction of a second, between the copy of a better model and of its config, a
 * reader finds the old config beside the new model: the checksum then differs, and reading again helps.
 */
import {
  type BestEpoch,
  BundleConfig,
  Corrupt,
  DatasetManifest,
  DatasetReport,
  EpochRecord,
  EvaluationRecord,
  NotFound,
  type SweepEvent,
  isBetter,
  isSameEpoch,
  messageOf,
  toJson,
} from '@honyaku/contracts';
import { type ObjectStore, keys } from '@honyaku/storage';
import {
  type SweepRow,
  type SweepState,
  bundleConfigOf,
  bundleFiles,
  bundleReadme,
  decide,
  modelOf,
  nothing,
} from '@honyaku/sweep-engine';
import { type Logger } from 'pino';
import { type z } from 'zod';
import { type SweepObserver } from '../sweeps/sweep-observer.ts';
import { type SweepStore } from '../store/sweep-store.ts';
import { isOfOneSweep } from '../store/unreadable-sweeps.ts';

export function bundleKey(sweepId: string, name: string): string {
  return `${keys.bestFolder(sweepId)}/${name}`;
}

export class BestBundles implements SweepObserver {
  /** The last write of each sweep's bundle by this process: writes of one bundle run one after the other. */
  private readonly underWay = new Map<string, Promise<void>>();

  constructor(
    private readonly objects: ObjectStore,
    private readonly store: SweepStore,
    private readonly logger: Logger,
  ) {}

  /** @throws NotFound while the sweep has no best epoch; Corrupt naming what a missing bundle cannot be made from */
  async config(sweepId: string): Promise<BundleConfig> {
    const noBest = () => new NotFound(`sweep ${sweepId} has no best checkpoint yet`);
    const row = await this.store.readableRow(sweepId);
    // Version 0.1.0 also wrote bundles of epochs that diverged, which are no longer the best.
    if (row && !row.best) throw noBest();
    const stored = await this.readableConfig(sweepId);
    if (stored) return stored;
    await this.writeAgain(sweepId);
    const written = await this.storedConfig(sweepId);
    if (!written) throw noBest();
    return written;
  }

  /** Makes the bundle anew from the best epoch's checkpoint, where its own files are damaged. @throws Corrupt, NotFound */
  async writeAgain(sweepId: string): Promise<void> {
    const { best, dataset } = (await this.store.readableRow(sweepId)) ?? {};
    if (best && dataset !== undefined) await this.inTurn(sweepId, () => this.write(sweepId, best, dataset));
  }

  /** Updates the bundle before the new best epoch, or its score of the whole test set, becomes visible. */
  async beforeEvent(event: SweepEvent, state: SweepState): Promise<void> {
    if (!mayBeBest(event, state)) return;
    const outcome = decide(state, event, new Date().toISOString(), nothing);
    await this.updateIfReadable(outcome.state.sweep);
  }

  /** Updates the bundle before the end of the sweep becomes visible. */
  async beforeEnd({ sweep }: SweepState): Promise<void> {
    await this.updateIfReadable(sweep);
  }

  /** Updates the bundle again: another replica may have overwritten it with the epoch that was the best before. */
  async afterEvent(event: SweepEvent, state: SweepState): Promise<void> {
    if (mayBeBest(event, state)) await this.updateIfReadable(state.sweep);
  }

  /** Writes the bundle of the sweep's best epoch, unless it is there already. `sweep` may be ahead of the stored row. */
  async updateBestBundle(sweep: SweepRow): Promise<void> {
    if (sweep.best) await this.inTurn(sweep.id, () => this.writeUntilStable(sweep));
  }

  /**
   * Does the same, but only logs when the bucket lacks what the bundle is made from: a missing bundle must block
   * neither a decision nor completion.
   */
  async updateIfReadable(sweep: SweepRow): Promise<void> {
    try {
      await this.updateBestBundle(sweep);
    } catch (error) {
      if (!isOfOneSweep(error)) throw error;
      this.logger.error({ sweep: sweep.id, reason: messageOf(error) }, 'no best bundle');
    }
  }

  private async inTurn(sweepId: string, write: () => Promise<void>): Promise<void> {
    const before = this.underWay.get(sweepId) ?? Promise.resolve();
    const mine = before.catch(() => undefined).then(write);
    this.underWay.set(sweepId, mine);
    try {
      await mine;
    } finally {
      if (this.underWay.get(sweepId) === mine) this.underWay.delete(sweepId);
    }
  }

  /** Another replica may overwrite a newer best with an older one, so each writer checks again until the best stays. */
  private async writeUntilStable(given: SweepRow): Promise<void> {
    for (;;) {
      const stored = await this.store.readableRow(given.id);
      const best = better(stored?.best, given.best);
      const dataset = stored?.dataset ?? given.dataset;
      if (!best || dataset === undefined) return;
      const current = await this.readableConfig(given.id);
      if (current && isOf(current, best) && (await this.hasFilesOf(current))) return;
      await this.write(given.id, best, dataset);
    }
  }

  private async write(sweepId: string, best: BestEpoch, dataset: string): Promise<void> {
    const { trialId, epoch } = best;
    const records = {
      trained: await this.read(EpochRecord, keys.epochRecord(trialId, epoch)),
      evaluated: await this.read(EvaluationRecord, keys.evaluationRecord(trialId, epoch)),
      dataset: await this.read(DatasetManifest, keys.manifest(dataset)),
    };
    const { tokenizers, vocabulary } = records.dataset;
    const config = bundleConfigOf(sweepId, best, records);
    const copy = (from: string, name: string) => this.objects.copy(from, bundleKey(sweepId, name));
    await copy(`${keys.datasetFolder(dataset)}/${tokenizers.source.key}`, bundleFiles.source);
    await copy(`${keys.datasetFolder(dataset)}/${tokenizers.target.key}`, bundleFiles.target);
    if (vocabulary) await copy(`${keys.datasetFolder(dataset)}/${vocabulary.key}`, bundleFiles.vocabulary);
    await this.objects.put(bundleKey(sweepId, 'README.md'), bundleReadme(config, await this.lookUp(dataset)));
    await copy(`${keys.epochFolder(trialId, epoch)}/${modelOf(records).key}`, bundleFiles.model);
    await this.objects.put(bundleKey(sweepId, 'config.json'), toJson(BundleConfig, config));
  }

  /** Undefined too where the report is lost or damaged, which must not block the bundle. */
  private async lookUp(dataset: string): Promise<DatasetReport['lookUp']> {
    try {
      return (await this.objects.getRecord(DatasetReport, keys.datasetReport(dataset)))?.lookUp;
    } catch (error) {
      if (error instanceof Corrupt) return undefined;
      throw error;
    }
  }

  /** undefined for one that cannot be read, too: it is written again. */
  private async readableConfig(sweepId: string): Promise<BundleConfig | undefined> {
    try {
      return await this.storedConfig(sweepId);
    } catch (error) {
      if (error instanceof Corrupt) return undefined;
      throw error;
    }
  }

  /** Whether the bundle's files are there with the right sizes; who reads them compares their checksums. */
  private async hasFilesOf({ sweepId, files }: BundleConfig): Promise<boolean> {
    const sizes = new Map<string, number>();
    for await (const { key, bytes } of this.objects.list(`${keys.bestFolder(sweepId)}/`))
      sizes.set(key, bytes);
    return Object.values(files).every(({ key, bytes }) => sizes.get(bundleKey(sweepId, key)) === bytes);
  }

  private storedConfig(sweepId: string): Promise<BundleConfig | undefined> {
    return this.objects.getRecord(BundleConfig, bundleKey(sweepId, 'config.json'));
  }

  private async read<Schema extends z.ZodType>(schema: Schema, key: string): Promise<z.output<Schema>> {
    const record = await this.objects.getRecord(schema, key);
    if (record === undefined) throw new Corrupt(`${key} is missing`);
    return record;
  }
}

/** Whether the bundle has the metrics that it should: those of the whole test set once it is scored. */
function isOf(config: BundleConfig, best: BestEpoch): boolean {
  return (
    isSameEpoch(config, best) &&
    config.heldOut.translations.sentences === best.heldOut.translations.sentences &&
    (config.test === undefined) === (best.test === undefined)
  );
}

/** Whether the event's epoch is the best one, or becomes it. */
function mayBeBest(event: SweepEvent, { sweep: { best } }: SweepState): boolean {
  if (event.type === 'epoch-scored') return best !== undefined && isSameEpoch(best, event);
  if (event.type !== 'epoch-committed') return false;
  const isBest = best?.trialId === event.trialId && best.epoch === event.epoch.epoch;
  return isBest || isBetter(event.epoch.heldOut, best?.heldOut);
}

function better(one: BestEpoch | undefined, other: BestEpoch | undefined): BestEpoch | undefined {
  if (!one || !other) return one ?? other;
  if (isSameEpoch(one, other)) return one.wholeScore?.state === 'done' ? one : other;
  return isBetter(other.heldOut, one.heldOut) ? other : one;
}

/** Reads trials from their sweep's stored state, and translations from the bucket. */
import { createHash } from 'node:crypto';
import {
  type CommittedEpoch,
  Corrupt,
  EvaluationRecord,
  EpochView,
  NotFound,
  TranslationList,
  type TrialView,
  fromJson,
  heldOutOf,
  sweepIdOf,
  toJson,
} from '@honyaku/contracts';
import { type ObjectStore, keys } from '@honyaku/storage';
import pMap from 'p-map';
import { type SweepStore } from '../store/sweep-store.ts';

const readConcurrency = 16;

export class TrialReader {
  constructor(
    private readonly objects: ObjectStore,
    private readonly store: SweepStore,
  ) {}

  /** @throws NotFound */
  async trial(trialId: string): Promise<TrialView> {
    return this.store.trial(sweepIdOf(trialId), trialId);
  }

  /** The committed epochs with their samples, each serialized at once, as there may be thousands. @throws NotFound */
  async epochs(trialId: string): Promise<string[]> {
    const { epochs } = await this.trial(trialId);
    return pMap(epochs, async (epoch) => toJson(EpochView, await this.withSamples(trialId, epoch)), {
      concurrency: readConcurrency,
    });
  }

  /** All held-out translations of a committed epoch. @throws NotFound; Corrupt */
  async translations(trialId: string, epoch: number): Promise<TranslationList> {
    const { epochs } = await this.trial(trialId);
    if (!epochs.some((each) => each.epoch === epoch))
      throw new NotFound(`trial ${trialId} has no committed epoch ${epoch}`);
    const { translations } = await this.evaluation(trialId, epoch);
    const key = `${keys.epochFolder(trialId, epoch)}/${translations.key}`;
    const text = await this.text(key);
    if (createHash('sha256').update(text).digest('hex') !== translations.sha256)
      throw new Corrupt(`${key} does not match its checksum`);
    return fromJson(TranslationList, text, key);
  }

  private async withSamples(trialId: string, epoch: CommittedEpoch): Promise<EpochView> {
    try {
      const evaluation = await this.evaluation(trialId, epoch.epoch);
      return { ...epoch, heldOut: heldOutOf(evaluation), samples: evaluation.samples };
    } catch (error) {
      if (!(error instanceof Corrupt || error instanceof NotFound)) throw error;
      return { ...epoch, samples: [], withoutSamples: error.message };
    }
  }

  private async evaluation(trialId: string, epoch: number): Promise<EvaluationRecord> {
    const key = keys.evaluationRecord(trialId, epoch);
    return fromJson(EvaluationRecord, await this.text(key), key);
  }

  private async text(key: string): Promise<string> {
    const text = await this.objects.getText(key);
    if (text === undefined) throw new NotFound(`${key} is no longer in the bucket`);
    return text;
  }
}

/** Trials from their sweep's state; sample translations from the bucket, where they stay. */
import {
  EvaluationRecord,
  type EpochView,
  NotFound,
  type TrialView,
  fromJson,
  sweepIdOf,
} from '@honyaku/contracts';
import { type ObjectStore, keys } from '@honyaku/storage';
import { type SweepStore } from '../sweeps/sweep-store.ts';

const readsAtOnce = 16;

export class TrialReader {
  constructor(
    private readonly objects: ObjectStore,
    private readonly store: SweepStore,
  ) {}

  /** @throws NotFound */
  async trial(trialId: string): Promise<TrialView> {
    return this.store.trial(sweepIdOf(trialId), trialId);
  }

  /** @throws NotFound */
  async epochs(trialId: string): Promise<EpochView[]> {
    const { epochs } = await this.trial(trialId);
    const views: EpochView[] = [];
    for (let from = 0; from < epochs.length; from += readsAtOnce) {
      const batch = epochs.slice(from, from + readsAtOnce);
      views.push(...(await Promise.all(batch.map((epoch) => this.withSamples(trialId, epoch)))));
    }
    return views;
  }

  private async withSamples(trialId: string, epoch: TrialView['epochs'][number]): Promise<EpochView> {
    const key = keys.evaluationRecord(trialId, epoch.epoch);
    const text = await this.objects.getText(key);
    if (text === undefined) throw new NotFound(`${key} is not in the bucket any more`);
    return { ...epoch, samples: fromJson(EvaluationRecord, text, key).samples };
  }
}

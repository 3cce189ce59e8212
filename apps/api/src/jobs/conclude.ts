/** The conclude job: the outcome of a score job is read from the bucket and recorded, with which the sweep ends. */
import { Corrupt, ScoreRecord, type SweepEvent, fromJson, messageOf, scoreJob } from '@honyaku/contracts';
import { type ObjectStore, keys } from '@honyaku/storage';
import { type Queues } from '../queues/queues.ts';
import { type SweepChanges } from '../sweeps/sweep-changes.ts';
import { type EpochOfSweep } from './advance.ts';

export class Conclude {
  constructor(
    private readonly objects: ObjectStore,
    private readonly queues: Queues,
    private readonly changes: SweepChanges,
  ) {}

  async run(scored: EpochOfSweep): Promise<void> {
    await this.changes.apply(scored.sweepId, await this.outcome(scored));
  }

  /** Records that the epoch has no score. A sweep that waits for another one, or for none, is not changed. */
  async fail({ sweepId, trialId, epoch }: EpochOfSweep, reason: string): Promise<void> {
    await this.changes.apply(sweepId, { type: 'score-failed', trialId, epoch, reason });
  }

  private async outcome(scored: EpochOfSweep): Promise<SweepEvent> {
    const { trialId, epoch } = scored;
    const failed = (reason: string): SweepEvent => ({ type: 'score-failed', trialId, epoch, reason });
    const key = keys.scoreRecord(trialId, epoch);
    const text = await this.objects.getText(key);
    if (text === undefined) {
      const failure = await this.queues.failure(scoreJob.queue, scoreJob.id(scored));
      return failed(failure?.reason ?? `the score job left no ${key}`);
    }
    try {
      const { scores, losses, seconds } = fromJson(ScoreRecord, text, key);
      return { type: 'epoch-scored', trialId, epoch, scores, ...(losses ? { losses } : {}), seconds };
    } catch (error) {
      if (!(error instanceof Corrupt)) throw error;
      return failed(messageOf(error));
    }
  }
}

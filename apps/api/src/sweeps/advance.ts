/** The advance job: what became of an epoch is read from the bucket, recorded, and what is next enqueued. */
import {
  Corrupt,
  EpochRecord,
  EvaluationRecord,
  evaluateJob,
  fromJson,
  messageOf,
  trainEpochJob,
} from '@honyaku/contracts';
import { type ObjectStore, keys } from '@honyaku/storage';
import { type Queues } from '../queues/queues.ts';
import { type BestBundles } from './best-bundles.ts';
import { type SweepEvent, decide } from './decisions.ts';
import { type SweepStore } from './sweep-store.ts';
import { type SweepChanges } from './sweep-changes.ts';

interface Epoch {
  readonly sweepId: string;
  readonly trialId: string;
  readonly epoch: number;
}

export class Advance {
  constructor(
    private readonly objects: ObjectStore,
    private readonly store: SweepStore,
    private readonly queues: Queues,
    private readonly changes: SweepChanges,
    private readonly bundles: BestBundles,
  ) {}

  async run(epoch: Epoch): Promise<void> {
    const event = await this.outcome(epoch);
    // The bundle comes first: who then sees the sweep completed finds its best checkpoint in place.
    const before = await this.store.load(epoch.sweepId);
    const { state } = decide(before, event, new Date().toISOString());
    if (state !== before) await this.bundles.bringUpToDate(state.sweep);
    const { after } = await this.changes.apply(epoch.sweepId, event);
    // The stored state may have become another in between, by a cancellation or another trial's better epoch.
    await this.bundles.bringUpToDate(after.sweep);
  }

  private async outcome(at: Epoch): Promise<SweepEvent> {
    const { trialId, epoch } = at;
    try {
      const recordKey = keys.epochRecord(trialId, epoch);
      const evaluationKey = keys.evaluationRecord(trialId, epoch);
      const [record, evaluation] = await Promise.all([
        this.objects.getText(recordKey),
        this.objects.getText(evaluationKey),
      ]);
      if (record === undefined || evaluation === undefined) {
        return { type: 'epoch-failed', trialId, epoch, reason: await this.failure(at) };
      }
      const { metrics: train, provenance } = fromJson(EpochRecord, record, recordKey);
      const { metrics: heldOut, committedAt } = fromJson(EvaluationRecord, evaluation, evaluationKey);
      const committed = { epoch, train, heldOut, worker: provenance.worker, committedAt };
      return { type: 'epoch-committed', trialId, epoch: committed };
    } catch (error) {
      if (!(error instanceof Corrupt)) throw error;
      return { type: 'epoch-failed', trialId, epoch, reason: messageOf(error) };
    }
  }

  /** The reason of the first job in the chain that failed. */
  private async failure({ sweepId, trialId, epoch }: Epoch): Promise<string> {
    const trial = (await this.store.load(sweepId)).trials.find(({ id }) => id === trialId);
    if (!trial) return `there is no trial ${trialId}`;
    for (const declared of [trainEpochJob, evaluateJob]) {
      const id = declared.id({ sweepId, trialId, epoch, config: trial.config });
      const job = await this.queues.job('trials', id);
      if (job && (await job.isFailed()))
        return `${declared.name} of epoch ${epoch} failed: ${job.failedReason}`;
    }
    return `epoch ${epoch} left no record`;
  }
}

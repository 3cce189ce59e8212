/** The advance job: what became of an epoch is read from the bucket, recorded, and what is next enqueued. */
import {
  Corrupt,
  EpochRecord,
  type ErrorKind,
  EvaluationRecord,
  type SweepEvent,
  readFailedReason,
  evaluateJob,
  fromJson,
  isBetter,
  messageOf,
  trainEpochJob,
} from '@honyaku/contracts';
import { type ObjectStore, keys } from '@honyaku/storage';
import { type SweepState, decide, epochCommitted, nothing } from '@honyaku/sweep-engine';
import { type Queues } from '../queues/queues.ts';
import { type BestBundles } from '../best/best-bundles.ts';
import { type SweepCache } from '../store/sweep-cache.ts';
import { type SweepChanges } from '../sweeps/sweep-changes.ts';

interface Epoch {
  readonly sweepId: string;
  readonly trialId: string;
  readonly epoch: number;
}

export class Advance {
  constructor(
    private readonly objects: ObjectStore,
    private readonly states: SweepCache,
    private readonly queues: Queues,
    private readonly changes: SweepChanges,
    private readonly bundles: BestBundles,
  ) {}

  async run(epoch: Epoch): Promise<void> {
    const event = await this.outcome(epoch);
    const { state: before } = await this.states.of(epoch.sweepId);
    // The bundle comes first: who then sees a new best epoch finds its checkpoint in place.
    if (mayBeBest(event, before)) {
      const { state } = decide(before, event, new Date().toISOString(), nothing);
      await this.bundles.bringUpToDateIfReadable(state.sweep);
    }
    const { after } = await this.changes.apply(epoch.sweepId, event);
    // Another replica may have brought the bundle to an epoch that was the best until this one.
    if (mayBeBest(event, after)) await this.bundles.bringUpToDateIfReadable(after.sweep);
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
        return { type: 'epoch-failed', trialId, epoch, ...(await this.failure(at)) };
      }
      const trained = fromJson(EpochRecord, record, recordKey);
      return epochCommitted(trialId, trained, fromJson(EvaluationRecord, evaluation, evaluationKey));
    } catch (error) {
      if (!(error instanceof Corrupt)) throw error;
      return { type: 'epoch-failed', trialId, epoch, kind: 'Corrupt', reason: messageOf(error) };
    }
  }

  /** Kind and reason of the first job in the chain that failed. */
  private async failure(at: Epoch): Promise<{ kind: ErrorKind; reason: string }> {
    const { epoch } = at;
    for (const declared of [trainEpochJob, evaluateJob]) {
      const reason = await this.queues.failedReason('trials', declared.id(at));
      if (reason === undefined) continue;
      const { kind, message } = readFailedReason(reason);
      return { kind, reason: `${declared.name} of epoch ${epoch} failed: ${message}` };
    }
    return { kind: 'Bug', reason: `epoch ${epoch} left no record` };
  }
}

/** Whether the best epoch is, or with the event becomes, the event's. Others leave the bundle as it is. */
function mayBeBest(event: SweepEvent, { sweep: { best } }: SweepState): boolean {
  if (event.type !== 'epoch-committed') return false;
  const isBest = best?.trialId === event.trialId && best.epoch === event.epoch.epoch;
  return isBest || isBetter(event.epoch.heldOut, best?.heldOut);
}

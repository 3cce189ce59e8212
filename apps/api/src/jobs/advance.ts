/** The advance job: what became of an epoch is read from the bucket, recorded, and what is next enqueued. */
import {
  Corrupt,
  EpochRecord,
  type JobFailure,
  EvaluationRecord,
  type SweepEvent,
  evaluateJob,
  fromJson,
  messageOf,
  trainEpochJob,
} from '@honyaku/contracts';
import { type ObjectStore, keys } from '@honyaku/storage';
import { epochCommitted } from '@honyaku/sweep-engine';
import { type Queues } from '../queues/queues.ts';
import { type SweepChanges } from '../sweeps/sweep-changes.ts';

/** An epoch as control jobs name it. */
export interface EpochOfSweep {
  readonly sweepId: string;
  readonly trialId: string;
  readonly epoch: number;
}

export class Advance {
  constructor(
    private readonly objects: ObjectStore,
    private readonly queues: Queues,
    private readonly changes: SweepChanges,
  ) {}

  async run(epoch: EpochOfSweep): Promise<void> {
    await this.changes.apply(epoch.sweepId, await this.outcome(epoch));
  }

  private async outcome(at: EpochOfSweep): Promise<SweepEvent> {
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
      const evaluated = fromJson(EvaluationRecord, evaluation, evaluationKey);
      return epochCommitted(trialId, trained, evaluated, await this.startOf(trained));
    } catch (error) {
      if (!(error instanceof Corrupt)) throw error;
      return { type: 'epoch-failed', trialId, epoch, kind: 'Corrupt', reason: messageOf(error) };
    }
  }

  /** With a trial's first epoch, the evaluation of the model that it starts from. @throws Corrupt */
  private async startOf({ trialId, epoch, config }: EpochRecord): Promise<EvaluationRecord | undefined> {
    if (epoch !== 1 || config.start === undefined) return undefined;
    return this.objects.getRecord(EvaluationRecord, keys.evaluationRecord(trialId, 0));
  }

  /** Kind and reason of the first job in the chain that failed. */
  private async failure(at: EpochOfSweep): Promise<JobFailure> {
    const { epoch } = at;
    for (const declared of [trainEpochJob, evaluateJob]) {
      const failure = await this.queues.failure(declared.queue, declared.id(at));
      if (!failure) continue;
      return { ...failure, reason: `${declared.name} of epoch ${epoch} failed: ${failure.reason}` };
    }
    return { kind: 'Bug', reason: `epoch ${epoch} left no record` };
  }
}

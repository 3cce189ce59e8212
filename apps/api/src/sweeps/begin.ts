/** The begin job: waits for the sweep's dataset, then plans its trials and starts the first ones. */
import { type SweepSpec, TrialRecord, datasetDigestOf, preprocessJob, toJson } from '@honyaku/contracts';
import { type ObjectStore, keys } from '@honyaku/storage';
import { TryLater } from '../queues/control-worker.ts';
import { type Queues } from '../queues/queues.ts';
import { planTrials } from './plan.ts';
import { type SweepChanges } from './sweep-changes.ts';
import { type SweepStore } from './sweep-store.ts';

const lookAgainMilliseconds = 500;
const writesAtOnce = 32;

export class Begin {
  constructor(
    private readonly objects: ObjectStore,
    private readonly store: SweepStore,
    private readonly queues: Queues,
    private readonly changes: SweepChanges,
  ) {}

  /** @throws TryLater while the dataset is being made */
  async run(sweepId: string): Promise<void> {
    const { sweep } = await this.store.load(sweepId);
    const { spec, state, createdAt } = sweep;
    if (state !== 'preparing') {
      await this.changes.addMissingFlows(sweepId);
      return;
    }
    const dataset = datasetDigestOf(spec.corpus.digest, spec.dataset);
    if ((await this.objects.getText(keys.manifest(dataset))) === undefined) {
      const reason = await this.preprocessFailure(spec);
      if (reason === undefined) throw new TryLater(lookAgainMilliseconds);
      await this.changes.apply(sweepId, { type: 'sweep-failed', reason });
      return;
    }
    const trials = planTrials(sweepId, spec, dataset);
    for (let from = 0; from < trials.length; from += writesAtOnce) {
      await Promise.all(
        trials.slice(from, from + writesAtOnce).map(({ id, config }) => {
          const record = { id, sweepId, config, createdAt };
          return this.objects.putIfAbsent(keys.trialRecord(id), toJson(TrialRecord, record));
        }),
      );
    }
    await this.changes.apply(sweepId, { type: 'dataset-ready', dataset, trials });
  }

  /** Why there will be no dataset, or undefined while there may be one; asks for it again if nobody does. */
  private async preprocessFailure(spec: SweepSpec): Promise<string | undefined> {
    const payload = { corpus: spec.corpus.digest, settings: spec.dataset };
    const job = await this.queues.job('preprocess', preprocessJob.id(payload));
    if (job && (await job.isFailed())) return `the dataset could not be made: ${job.failedReason}`;
    // Finished, and the manifest is gone: kept as it is, the job would make adding it again a no-op.
    const finished = job !== undefined && (await job.isCompleted());
    if (finished) await job.remove();
    if (!job || finished) await this.queues.addPreprocess(payload.corpus, payload.settings);
    return undefined;
  }
}

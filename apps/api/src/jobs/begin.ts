/** The begin job: waits for the sweep's dataset, then starts its first trials. */
import { type SweepSpec, datasetDigestOf, jobToAdd, preprocessJob } from '@honyaku/contracts';
import { type ObjectStore, keys } from '@honyaku/storage';
import { TryLater } from './control-worker.ts';
import { type Queues } from '../queues/queues.ts';
import { type SweepCache } from '../store/sweep-cache.ts';
import { earlierResults } from '../sweeps/warm-start.ts';
import { type EpochFlows } from '../sweeps/epoch-flows.ts';
import { type SweepChanges } from '../sweeps/sweep-changes.ts';

const lookAgainMilliseconds = 500;

export class Begin {
  constructor(
    private readonly objects: ObjectStore,
    private readonly cache: SweepCache,
    private readonly queues: Queues,
    private readonly flows: EpochFlows,
    private readonly changes: SweepChanges,
  ) {}

  /** @throws TryLater while the dataset is being made */
  async run(sweepId: string): Promise<void> {
    const { state: known } = await this.cache.of(sweepId);
    const { spec, state } = known.sweep;
    if (state !== 'preparing') {
      await this.flows.addMissing(known);
      return;
    }
    const dataset = datasetDigestOf(spec.corpus.digest, spec.dataset);
    if ((await this.objects.getText(keys.manifest(dataset))) === undefined) {
      const reason = await this.preprocessFailure(spec);
      if (reason === undefined) throw new TryLater(lookAgainMilliseconds);
      await this.changes.apply(sweepId, { type: 'sweep-failed', reason });
      return;
    }
    const earlier = await earlierResults(this.cache, spec.warmStart, spec);
    await this.changes.apply(sweepId, { type: 'dataset-ready', dataset, ...earlier });
  }

  /** Why there will be no dataset, or undefined while there may be one; asks for it again if nobody does. */
  private async preprocessFailure(spec: SweepSpec): Promise<string | undefined> {
    const payload = { corpus: spec.corpus.digest, settings: spec.dataset };
    const id = preprocessJob.id(payload);
    const failure = await this.queues.failure(preprocessJob.queue, id);
    if (failure) return `the dataset could not be made: ${failure.reason}`;
    const job = await this.queues.job(preprocessJob.queue, id);
    // Finished, and the manifest is gone: kept as it is, the job would make adding it again a no-op.
    const finished = job !== undefined && (await job.isCompleted());
    if (finished) await job.remove();
    if (!job || finished) await this.queues.add(jobToAdd(preprocessJob, payload));
    return undefined;
  }
}

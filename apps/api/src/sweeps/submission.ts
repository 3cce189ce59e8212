/** Submits a sweep: checks it, records it in the bucket and in Redis, and enqueues the jobs that prepare it. */
import { randomBytes } from 'node:crypto';
import {
  CorpusRecord,
  InvalidInput,
  SweepRecord,
  type SweepSpec,
  type SweepView,
  beginJob,
  fromJson,
  jobToAdd,
  preprocessJob,
  toJson,
} from '@honyaku/contracts';
import { type ObjectStore, keys } from '@honyaku/storage';
import { sweepViewOf } from '@honyaku/sweep-engine';
import { type Queues } from '../queues/queues.ts';
import { type SweepCache } from '../store/sweep-cache.ts';
import { earlierResults } from './warm-start.ts';
import { type SweepChanges } from './sweep-changes.ts';

/** In characters. */
const maxWebhookLength = 2_048;

export class Submission {
  constructor(
    private readonly objects: ObjectStore,
    private readonly cache: SweepCache,
    private readonly queues: Queues,
    private readonly changes: SweepChanges,
    private readonly signsWebhooks: boolean,
  ) {}

  /**
   * @param spec a sweep whose plan has been checked
   * @param yaml the text of the sweep file, stored as it is
   * @throws InvalidInput when the corpus, a sweep of `warmStart` or the webhook cannot be used
   */
  async submit(spec: SweepSpec, yaml: string): Promise<SweepView> {
    const corpus = await this.objects.getText(keys.corpus(spec.corpus.digest));
    if (corpus === undefined) {
      throw new InvalidInput(
        `corpus.digest: no corpus ${spec.corpus.digest} is stored; upload it first (PUT /v1/corpora/<digest>)`,
      );
    }
    fromJson(CorpusRecord, corpus, keys.corpus(spec.corpus.digest));
    await earlierResults(this.cache, spec.warmStart, spec);
    if (spec.webhook !== undefined && !this.signsWebhooks)
      throw new InvalidInput('webhook: the API has no HONYAKU_WEBHOOK_SECRET to sign messages with');
    if ((spec.webhook?.length ?? 0) > maxWebhookLength)
      throw new InvalidInput(`webhook: the URL is longer than ${maxWebhookLength} characters`);

    const id = await recordSweep(this.objects, spec);
    await this.objects.put(keys.sweepYaml(id), yaml);
    const { state } = await this.cache.of(id);
    await this.forgetFailedPreprocess(spec);
    await this.queues.add(jobToAdd(preprocessJob, { corpus: spec.corpus.digest, settings: spec.dataset }));
    await this.queues.add(jobToAdd(beginJob, { sweepId: id }));
    await this.changes.announce(state);
    return sweepViewOf(state);
  }

  /** BullMQ keeps a failed job, which would make adding it again a no-op and every new sweep of the dataset fail. */
  private async forgetFailedPreprocess(spec: SweepSpec): Promise<void> {
    const id = preprocessJob.id({ corpus: spec.corpus.digest, settings: spec.dataset });
    const job = await this.queues.job('preprocess', id);
    if (job && (await job.isFailed())) await job.remove();
  }
}

/** Characters of a sweep's name in its id: version 0.1.0 reads ids of at most 47 characters. */
const nameLengthInId = 30;
const randomSuffix = () => randomBytes(8).toString('hex');

/**
 * Writes the record of a new sweep: its first object and its commit point. If the process dies afterwards, the
 * reconciliation begins the sweep.
 * @param suffix makes the ids of sweeps of the same name differ; called again when an id is taken
 * @returns the sweep's id
 */
export async function recordSweep(
  objects: ObjectStore,
  spec: SweepSpec,
  suffix = randomSuffix,
): Promise<string> {
  const createdAt = new Date().toISOString();
  const name = spec.name.slice(0, nameLengthInId).replace(/-+$/, '');
  for (;;) {
    const id = `${name}-${suffix()}`;
    const record = toJson(SweepRecord, { id, spec, createdAt });
    if ((await objects.putIfAbsent(keys.sweepRecord(id), record)) === 'created') return id;
  }
}

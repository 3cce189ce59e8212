/** Takes a new sweep: checks it, records it in the bucket and in Redis, asks for its dataset. */
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

/** Of the address, in characters. */
const longestWebhook = 2_048;

export class Submission {
  constructor(
    private readonly objects: ObjectStore,
    private readonly cache: SweepCache,
    private readonly queues: Queues,
    private readonly changes: SweepChanges,
    private readonly signsWebhooks: boolean,
  ) {}

  /**
   * @param spec whose plan is checked
   * @param yaml the text of the sweep's file, kept as it was given
   * @throws InvalidInput when the corpus is not stored, or the sweep cannot begin with what it names
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
    if ((spec.webhook?.length ?? 0) > longestWebhook)
      throw new InvalidInput(`webhook: the address may have ${longestWebhook} characters`);

    const id = await recordSweep(this.objects, spec);
    await this.objects.put(keys.sweepYaml(id), yaml);
    const { state } = await this.cache.of(id);
    await this.forgetFailedPreprocess(spec);
    await this.queues.add(jobToAdd(preprocessJob, { corpus: spec.corpus.digest, settings: spec.dataset }));
    await this.queues.add(jobToAdd(beginJob, { sweepId: id }));
    await this.changes.announce(state);
    return sweepViewOf(state);
  }

  /** A kept job that failed would make adding it again a no-op, and every new sweep fail at once. */
  private async forgetFailedPreprocess(spec: SweepSpec): Promise<void> {
    const id = preprocessJob.id({ corpus: spec.corpus.digest, settings: spec.dataset });
    const job = await this.queues.job('preprocess', id);
    if (job && (await job.isFailed())) await job.remove();
  }
}

/** Of a sweep's name, in its id: version 0.1.0 reads ids of at most 47 characters. */
const nameInId = 30;
const draw = () => randomBytes(8).toString('hex');

/**
 * The record of a new sweep: the first that is written of it, and its commit point. A process that dies after it leaves
 * a sweep that the reconciliation begins; one that dies before it, nothing.
 * @param drawn what makes the ids of sweeps of one name differ; drawn anew where the id is taken
 * @returns the sweep's id
 */
export async function recordSweep(objects: ObjectStore, spec: SweepSpec, drawn = draw): Promise<string> {
  const createdAt = new Date().toISOString();
  const name = spec.name.slice(0, nameInId).replace(/-+$/, '');
  for (;;) {
    const id = `${name}-${drawn()}`;
    const record = toJson(SweepRecord, { id, spec, createdAt });
    if ((await objects.putIfAbsent(keys.sweepRecord(id), record)) === 'created') return id;
  }
}

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
  requireDatasetOfStart,
  requireSettingsOfStart,
  submittedDataset,
  toJson,
} from '@honyaku/contracts';
import { type ObjectStore, keys } from '@honyaku/storage';
import { type SweepState, newSweep, sweepViewOf } from '@honyaku/sweep-engine';
import { type PlanningThreads } from '../planning/planning-threads.ts';
import { type Queues } from '../queues/queues.ts';
import { type StartStore } from '../starts/start-store.ts';
import { type SweepCache } from '../store/sweep-cache.ts';
import { type SweepStore } from '../store/sweep-store.ts';
import { type FollowUps } from './follow-ups.ts';
import { earlierResults } from './warm-start.ts';
import { type SweepChanges } from './sweep-changes.ts';

/** In characters. */
const maxWebhookLength = 2_048;

interface Dependencies {
  readonly objects: ObjectStore;
  readonly starts: StartStore;
  readonly cache: SweepCache;
  readonly store: SweepStore;
  readonly queues: Queues;
  readonly changes: SweepChanges;
  readonly planning: PlanningThreads;
  readonly followUps: FollowUps;
  readonly signsWebhooks: boolean;
}

type Checked = Pick<
  SweepSpec,
  'sampler' | 'corpus' | 'dataset' | 'warmStart' | 'webhook' | 'start' | 'parameters' | 'trialsByHand'
>;

export class Submission {
  constructor(private readonly using: Dependencies) {}

  /**
   * @param spec a sweep whose plan has been checked
   * @param yaml the text of the sweep file, stored as it is
   * @throws InvalidInput when the corpus, the model that it starts from, a sweep of `warmStart` or the webhook cannot be used
   */
  async submit(spec: SweepSpec, yaml: string): Promise<SweepView> {
    const { objects, cache, planning, followUps } = this.using;
    const corpus = await objects.getText(keys.corpus(spec.corpus.digest));
    if (corpus === undefined) {
      throw new InvalidInput(
        `corpus.digest: no corpus ${spec.corpus.digest} is stored; upload it first (PUT /v1/corpora/<digest>)`,
      );
    }
    fromJson(CorpusRecord, corpus, keys.corpus(spec.corpus.digest));
    await this.check(spec, { isSubmitted: true });

    const samplerTrials = await planning.run('planned', spec);
    await followUps.requireRedis();
    await this.forgetFailedPreprocess(spec);

    const { id, createdAt } = await recordSweep(objects, spec, yaml);
    const state = newSweep({ id, spec, samplerTrials, createdAt });
    cache.keep({ sequence: 0, state });
    await followUps.run(id, () => this.begin(state));
    return sweepViewOf(state);
  }

  /**
   * Checks what a sweep names beside its corpus. Corpus and start may not be stored yet: a client uploads them once the plan
   * is agreed to.
   * @throws InvalidInput when a setting contradicts the model that it starts from, or a sweep of `warmStart` or the webhook
   *   cannot be used
   */
  async check(spec: Checked, { isSubmitted = false } = {}): Promise<void> {
    const { cache, signsWebhooks } = this.using;
    const { webhook, warmStart } = spec;
    await this.checkStart(spec, isSubmitted);
    await earlierResults(cache, warmStart, spec);
    if (webhook !== undefined && !signsWebhooks)
      throw new InvalidInput('webhook: the API has no HONYAKU_WEBHOOK_SECRET to sign messages with');
    if ((webhook?.length ?? 0) > maxWebhookLength)
      throw new InvalidInput(`webhook: the URL is longer than ${maxWebhookLength} characters`);
  }

  /** @throws InvalidInput */
  private async checkStart({ start, ...spec }: Checked, isSubmitted: boolean): Promise<void> {
    const named = start?.digest ?? spec.dataset.tokenizers;
    if (named === undefined) return;
    const record = await this.using.starts.find(named);
    const field = start ? 'start.digest' : 'dataset.tokenizers';
    if (!record && isSubmitted)
      throw new InvalidInput(
        `${field}: no model ${named} is stored; upload it first (PUT /v1/starts/<digest>)`,
      );
    if (!record) return;
    const sweep = { ...spec, dataset: submittedDataset(spec.dataset) };
    if (start) requireSettingsOfStart(sweep, record);
    else requireDatasetOfStart(sweep, record);
  }

  private async begin(state: SweepState): Promise<void> {
    const { store, queues, changes } = this.using;
    const { id, spec } = state.sweep;
    await store.write({ sequence: 0, state });
    await queues.add(jobToAdd(preprocessJob, { corpus: spec.corpus.digest, settings: spec.dataset }));
    await queues.add(jobToAdd(beginJob, { sweepId: id }));
    await changes.announce(state);
  }

  /** BullMQ keeps a failed job, which would make adding it again a no-op and every new sweep of the dataset fail. */
  private async forgetFailedPreprocess(spec: SweepSpec): Promise<void> {
    const id = preprocessJob.id({ corpus: spec.corpus.digest, settings: spec.dataset });
    const job = await this.using.queues.job('preprocess', id);
    if (job && (await job.isFailed())) await job.remove();
  }
}

/** Characters of a sweep's name in its id: version 0.1.0 reads ids of at most 47 characters. */
const nameLengthInId = 30;
const randomSuffix = () => randomBytes(8).toString('hex');

/**
 * Writes the text of a new sweep, then its record, which is the commit point: what is left without a record is no
 * sweep. If the process dies afterwards, the reconciliation begins the sweep.
 * @param suffix makes the ids of sweeps of the same name differ; called again when an id is taken
 */
export async function recordSweep(
  objects: ObjectStore,
  spec: SweepSpec,
  yaml: string,
  suffix = randomSuffix,
): Promise<SweepRecord> {
  const createdAt = new Date().toISOString();
  const name = spec.name.slice(0, nameLengthInId).replace(/-+$/, '');
  for (;;) {
    const id = `${name}-${suffix()}`;
    if ((await objects.putIfAbsent(keys.sweepYaml(id), yaml)) === 'exists') continue;
    const record = { id, spec, createdAt };
    if ((await objects.putIfAbsent(keys.sweepRecord(id), toJson(SweepRecord, record))) === 'created')
      return record;
  }
}

/**
 * Garbage collection of a sweep's folder in the bucket, by mark and sweep: what no record refers to and what
 * retention does not keep is removed. What is listed was written before the state that is then read, so that
 * nothing is taken away which that state does not know yet. Doing it again changes nothing.
 */
import {
  type CollectionResult,
  type CommittedEpoch,
  EpochRecord,
  EvaluationRecord,
  type TrialView,
} from '@honyaku/contracts';
import { type ObjectStore, keys } from '@honyaku/storage';
import pMap from 'p-map';
import { hasEnded } from './end-states.ts';
import { type KnownStates } from './known-state.ts';
import { type Checkpoint, retained } from './retention.ts';
import { type SweepState } from './sweep-state.ts';

const readsAtOnce = 16;

interface CommittedFiles extends Checkpoint {
  /** Keys that stay with the record. */
  readonly kept: readonly string[];
  /** Keys of the large files. */
  readonly large: readonly string[];
}

export class Collection {
  /** Records do not change: while an epoch is in memory, what they name need not be read again. */
  private readonly known = new WeakMap<CommittedEpoch, CommittedFiles>();

  constructor(
    private readonly objects: ObjectStore,
    private readonly states: KnownStates,
  ) {}

  /** @throws NotFound when there is no such sweep */
  async run(sweepId: string, { dryRun }: { readonly dryRun: boolean }): Promise<CollectionResult> {
    const listed = [];
    for await (const object of this.objects.list(`${keys.sweepFolder(sweepId)}/`)) listed.push(object);
    const { state } = await this.states.newest(sweepId);
    const isReferred = await this.references(state);
    const removed = listed.filter(({ key }) => !isReferred(key));
    if (!dryRun) {
      await this.objects.remove(removed.map(({ key }) => key));
      await this.objects.unfinishedUploads.abort(`${keys.sweepFolder(sweepId)}/`, (key) => !isReferred(key));
    }
    const bytes = (objects: readonly { readonly bytes: number }[]) =>
      objects.reduce((sum, each) => sum + each.bytes, 0);
    return {
      removed,
      kept: { objects: listed.length - removed.length, bytes: bytes(listed) - bytes(removed) },
    };
  }

  /** Tells of a key whether it has to stay. */
  private async references(state: SweepState): Promise<(key: string) => boolean> {
    const { id } = state.sweep;
    const committed = await this.committedFiles(state);
    const staying = new Set([keys.sweepYaml(id), keys.sweepRecord(id)]);
    for (const trial of state.trials) staying.add(keys.trialRecord(trial.id));
    for (const { kept } of committed) for (const key of kept) staying.add(key);
    for (const { large } of retained(state, committed)) for (const key of large) staying.add(key);
    const folders = new Set(
      state.trials
        .filter(hasEpochUnderWay)
        .map(({ id: trial, epochs }) => keys.epochFolder(trial, epochs.length + 1)),
    );
    return (key) =>
      staying.has(key) ||
      key.startsWith(`${keys.logFolder(id)}/`) ||
      key.startsWith(`${keys.bestFolder(id)}/`) ||
      folders.has(epochFolderOf(key));
  }

  private committedFiles({ trials }: SweepState): Promise<CommittedFiles[]> {
    const all = trials.flatMap(({ id, epochs }) => epochs.map((epoch) => ({ trialId: id, epoch })));
    return pMap(all, ({ trialId, epoch }) => this.known.get(epoch) ?? this.filesOf(trialId, epoch), {
      concurrency: readsAtOnce,
    });
  }

  private async filesOf(trialId: string, committed: CommittedEpoch): Promise<CommittedFiles> {
    const { epoch } = committed;
    const folder = keys.epochFolder(trialId, epoch);
    const recordKey = keys.epochRecord(trialId, epoch);
    const evaluationKey = keys.evaluationRecord(trialId, epoch);
    const [record, evaluation] = await Promise.all([
      this.objects.getRecord(EpochRecord, recordKey),
      this.objects.getRecord(EvaluationRecord, evaluationKey),
    ]);
    const large = [record?.files.model, record?.files.optimizer, evaluation?.average?.model].filter(
      (file) => file !== undefined,
    );
    const translations = evaluation ? [`${folder}/${evaluation.translations.key}`] : [];
    const files = {
      trialId,
      epoch,
      ownPerplexity: evaluation?.ownPerplexity ?? Infinity,
      bytes: large.reduce((sum, file) => sum + file.bytes, 0),
      kept: [recordKey, evaluationKey, ...translations],
      large: large.map((file) => `${folder}/${file.key}`),
    };
    if (record && evaluation) this.known.set(committed, files);
    return files;
  }
}

/** Attempts may be writing there, or have left a mid-epoch checkpoint to go on from. */
function hasEpochUnderWay({ state, retryable }: TrialView): boolean {
  return !hasEnded(state) || retryable === true;
}

/** `…/epochs/0003` of a key in it. */
function epochFolderOf(key: string): string {
  return /^.*\/epochs\/\d+(?=\/)/.exec(key)?.[0] ?? '';
}

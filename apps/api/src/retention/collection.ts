/**
 * Garbage collection of a sweep's folder in the bucket, by mark and sweep: what no record refers to and what
 * retention does not keep is removed. What is listed was written before the state that is then read, so that
 * nothing is taken away which that state does not know yet. What cannot be read keeps all that it may refer to.
 * Doing it again changes nothing.
 */
import {
  type CollectionResult,
  type CommittedEpoch,
  Corrupt,
  EpochRecord,
  EvaluationRecord,
  NotFound,
  ScoreRecord,
  type TrialView,
  collectJob,
  jobToAdd,
  messageOf,
  kindOf,
} from '@honyaku/contracts';
import { type ObjectStore, isScoreRecord, keys, logSequenceOf } from '@honyaku/storage';
import {
  type Checkpoint,
  type SweepRow,
  type SweepState,
  awaitsScore,
  endsBetween,
  hasEnded,
  retained,
} from '@honyaku/sweep-engine';
import pMap from 'p-map';
import { type Logger } from 'pino';
import { type z } from 'zod';
import { type Queues } from '../queues/queues.ts';
import { type SweepCache } from '../store/sweep-cache.ts';
import { missingEntry } from '../store/sweep-log.ts';
import { type SweepObserver } from '../sweeps/sweep-observer.ts';

const readsAtOnce = 16;

const runningMilliseconds = 5 * 60_000;
/** A worker that was frozen may come back after the end and die before it has tidied up. */
const endedMilliseconds = 3_600_000;
const forgottenMilliseconds = 24 * 3_600_000;

interface CommittedFiles extends Checkpoint {
  /** Keys that stay with the record. */
  readonly kept: readonly string[];
  /** Keys of the large files. */
  readonly large: readonly string[];
  /** Whether both records could be read; all else in its folder may be theirs otherwise. */
  readonly readable: boolean;
}

interface ScoreFiles {
  /** Keys of score records and of what they name. */
  readonly kept: readonly string[];
  /** Folders of records that cannot be read. */
  readonly unreadable: readonly string[];
}

export class Collection {
  /** Records do not change: while an epoch is in memory, what they name need not be read again. */
  private readonly known = new WeakMap<CommittedEpoch, CommittedFiles>();

  constructor(
    private readonly objects: ObjectStore,
    private readonly cache: SweepCache,
    private readonly logger: Logger,
  ) {}

  /** @throws NotFound when there is no such sweep; Corrupt, with nothing removed, when a part of its log is missing */
  async run(sweepId: string, { dryRun }: { readonly dryRun: boolean }): Promise<CollectionResult> {
    const listed = [];
    for await (const object of this.objects.list(`${keys.sweepFolder(sweepId)}/`)) listed.push(object);
    const { state, sequence } = await this.cache.newest(sweepId);
    const last = listed.reduce((most, { key }) => Math.max(most, logSequenceOf(key) ?? 0), 0);
    if (last > sequence) throw missingEntry(sweepId, sequence + 1, last);
    const scores = await this.filesOfScores(listed.map(({ key }) => key).filter(isScoreRecord));
    const isReferred = await this.references(state, scores);
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

  /** @throws NotFound when files of a committed epoch's checkpoint are gone, as when retention has removed them */
  async requireCheckpoint(trialId: string, epoch: number): Promise<void> {
    const stored = new Set<string>();
    for await (const { key } of this.objects.list(`${keys.epochFolder(trialId, epoch)}/`)) stored.add(key);
    if (!stored.has(keys.epochRecord(trialId, epoch))) return;
    const { large } = await this.filesOf(trialId, epoch);
    if (large.every((key) => stored.has(key))) return;
    throw new NotFound(
      `the checkpoint of epoch ${epoch} of trial ${trialId} is gone, as retention removes those that nothing keeps`,
    );
  }

  /** Versions that the bucket keeps beside the sweep's objects; undefined where it keeps none, or does not tell. */
  async noncurrent(sweepId: string): Promise<CollectionResult['noncurrent']> {
    try {
      return await this.objects.versions.noncurrent(`${keys.sweepFolder(sweepId)}/`);
    } catch (error) {
      if (kindOf(error) === 'Unavailable') return undefined;
      throw error;
    }
  }

  /** Tells of a key whether it has to stay. */
  private async references(state: SweepState, scores: ScoreFiles): Promise<(key: string) => boolean> {
    const { id, best } = state.sweep;
    const committed = await this.committedFiles(state);
    const staying = new Set([keys.sweepYaml(id), keys.sweepRecord(id), ...scores.kept]);
    for (const trial of state.trials) staying.add(keys.trialRecord(trial.id));
    for (const { kept } of committed) for (const key of kept) staying.add(key);
    for (const { large } of retained(state, committed)) for (const key of large) staying.add(key);
    const folders = new Set(
      state.trials
        .filter(hasEpochUnderWay)
        .map(({ id: trial, epochs }) => keys.epochFolder(trial, epochs.length + 1)),
    );
    // The evaluation of the model that a trial starts from.
    for (const { id: trial, config } of state.trials)
      if (config.start !== undefined) folders.add(keys.epochFolder(trial, 0));
    for (const { readable, trialId, epoch } of committed)
      if (!readable) folders.add(keys.epochFolder(trialId, epoch));
    for (const folder of scores.unreadable) folders.add(folder);
    if (best && awaitsScore(state.sweep)) folders.add(keys.epochFolder(best.trialId, best.epoch));
    return (key) =>
      staying.has(key) ||
      key.startsWith(`${keys.logFolder(id)}/`) ||
      key.startsWith(`${keys.bestFolder(id)}/`) ||
      folders.has(epochFolderOf(key));
  }

  /** @param records keys of score records */
  private async filesOfScores(records: readonly string[]): Promise<ScoreFiles> {
    const found = await pMap(
      records,
      async (key) => ({ key, record: await this.readable(ScoreRecord, key) }),
      { concurrency: readsAtOnce },
    );
    const folderOf = (key: string) => key.slice(0, key.lastIndexOf('/'));
    return {
      kept: found.flatMap(({ key, record }) =>
        record ? [key, `${folderOf(key)}/${record.translations.key}`] : [key],
      ),
      unreadable: found.filter(({ record }) => !record).map(({ key }) => folderOf(key)),
    };
  }

  private committedFiles({ trials }: SweepState): Promise<CommittedFiles[]> {
    const all = trials.flatMap(({ id, epochs }) => epochs.map((epoch) => ({ trialId: id, epoch })));
    const filesOf = async ({ trialId, epoch }: (typeof all)[number]) => {
      const files = this.known.get(epoch) ?? (await this.filesOf(trialId, epoch.epoch));
      if (files.readable) this.known.set(epoch, files);
      return files;
    };
    return pMap(all, filesOf, { concurrency: readsAtOnce });
  }

  private async filesOf(trialId: string, epoch: number): Promise<CommittedFiles> {
    const folder = keys.epochFolder(trialId, epoch);
    const recordKey = keys.epochRecord(trialId, epoch);
    const evaluationKey = keys.evaluationRecord(trialId, epoch);
    const [record, evaluation] = await Promise.all([
      this.readable(EpochRecord, recordKey),
      this.readable(EvaluationRecord, evaluationKey),
    ]);
    const large = [record?.files.model, record?.files.optimizer, evaluation?.average?.model].filter(
      (file) => file !== undefined,
    );
    const translations = evaluation ? [`${folder}/${evaluation.translations.key}`] : [];
    return {
      trialId,
      epoch,
      ownPerplexity: evaluation?.ownPerplexity ?? Infinity,
      bytes: large.reduce((sum, file) => sum + file.bytes, 0),
      kept: [recordKey, evaluationKey, ...translations],
      large: large.map((file) => `${folder}/${file.key}`),
      readable: record !== undefined && evaluation !== undefined,
    };
  }

  private async readable<Schema extends z.ZodType>(
    schema: Schema,
    key: string,
  ): Promise<z.output<Schema> | undefined> {
    try {
      const record = await this.objects.getRecord(schema, key);
      if (record === undefined) this.logger.warn({ key }, 'a committed record is missing');
      return record;
    } catch (error) {
      if (!(error instanceof Corrupt)) throw error;
      this.logger.warn({ key, reason: messageOf(error) }, 'a committed record is unreadable');
      return undefined;
    }
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

/** When a sweep's folder is looked through for garbage, beside the one time at its end. */
export class CollectionSchedule {
  private readonly last = new Map<string, number>();

  /** Whether it is time; asked again at once it is not. @param now milliseconds */
  isDue({ id, state, endedAt }: SweepRow, now: number): boolean {
    const ended = hasEnded(state);
    if (ended && now - Date.parse(endedAt ?? '') > forgottenMilliseconds) {
      this.last.delete(id);
      return false;
    }
    const since = now - (this.last.get(id) ?? 0);
    if (state === 'preparing' || since < (ended ? endedMilliseconds : runningMilliseconds)) return false;
    this.last.set(id, now);
    return true;
  }
}

/** Asks for the collection at the end of a sweep. */
export function collectionAtEnd(queues: Queues): SweepObserver {
  return {
    onChange: async (before, after) => {
      if (before && endsBetween(before, after))
        await queues.add(jobToAdd(collectJob, { sweepId: after.sweep.id }));
    },
  };
}

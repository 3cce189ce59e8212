/**
 * Every job, declared once: queue, name, id, options, schemas of payload, result and progress. Producer
 * and worker derive everything from here.
 */
import { z } from 'zod';
import { DatasetSettings } from './dataset.ts';
import { Sha256, digestOf } from './digest.ts';
import { SweepId, TrialId, sweepIdOf } from './identifiers.ts';
import { fromJson } from './json.ts';
import { Measure } from './numbers.ts';
import { TrialConfig } from './records.ts';
import { redisNames } from './redis-names.ts';

export const queueNames = ['preprocess', 'trials', 'control', 'webhooks'] as const;
export type QueueName = (typeof queueNames)[number];

/** Redis keys of BullMQ start with this unless an installation has a prefix of its own. */
export const queuePrefix = redisNames().queues;

interface JobDeclaration<Name extends string, Payload extends z.ZodType, Result extends z.ZodType, Identity> {
  readonly name: Name;
  readonly queue: QueueName;
  readonly payload: Payload;
  readonly result: Result;
  /** Deterministic, so that adding the same job again is a no-op. */
  readonly id: (identity: Identity) => string;
  readonly options: {
    /** Tries for failures that may be a bug; what is not the job's fault costs no try. */
    readonly attempts: number;
    readonly failParentOnFailure?: boolean;
    readonly continueParentOnFailure?: boolean;
  };
}

/** Ties a job's parts together. */
export function declareJob<
  Name extends string,
  Payload extends z.ZodType,
  Result extends z.ZodType,
  Identity,
>(
  declaration: JobDeclaration<Name, Payload, Result, Identity>,
): JobDeclaration<Name, Payload, Result, Identity> {
  return declaration;
}

const trialEpoch = { sweepId: SweepId, trialId: TrialId, epoch: z.int().min(1) };
/** What the ids of an epoch's jobs are made of. */
interface EpochIdentity {
  readonly trialId: TrialId;
  readonly epoch: number;
}

/** Corpus to dataset; once per (corpus, settings), whoever asks. */
export const preprocessJob = declareJob({
  name: 'preprocess',
  queue: 'preprocess',
  payload: z.strictObject({ corpus: Sha256, settings: DatasetSettings }),
  result: z.strictObject({ dataset: Sha256 }),
  id: ({ corpus, settings }: { readonly corpus: Sha256; readonly settings: DatasetSettings }) =>
    `dataset.${datasetDigestOf(corpus, settings)}`,
  options: { attempts: 3, failParentOnFailure: true },
});

/** One epoch of one trial from the last committed checkpoint. */
export const trainEpochJob = declareJob({
  name: 'train-epoch',
  queue: 'trials',
  payload: z.strictObject({
    ...trialEpoch,
    config: TrialConfig,
    /** The trial whose checkpoint of the epoch before it goes on from, where that is another. */
    from: TrialId.optional(),
  }),
  result: z.strictObject({ perplexity: Measure }),
  id: ({ trialId, epoch }: EpochIdentity) => `${trialId}.${epoch}.train`,
  options: { attempts: 3, failParentOnFailure: true },
});

/** Held-out perplexity and sample translations for one checkpoint. */
export const evaluateJob = declareJob({
  name: 'evaluate',
  queue: 'trials',
  payload: z.strictObject({ ...trialEpoch, config: TrialConfig }),
  result: z.strictObject({ perplexity: Measure }),
  id: ({ trialId, epoch }: EpochIdentity) => `${trialId}.${epoch}.evaluate`,
  options: { attempts: 3, continueParentOnFailure: true },
});

/** Records an epoch's result and enqueues what is next. */
export const advanceJob = declareJob({
  name: 'advance',
  queue: 'control',
  payload: z.strictObject(trialEpoch),
  result: z.strictObject({}),
  id: ({ trialId, epoch }: EpochIdentity) => `${trialId}.${epoch}.advance`,
  options: { attempts: 10 },
});

/** The dataset of a sweep is there (or could not be made): starts its first trials, or fails it. */
export const beginJob = declareJob({
  name: 'begin',
  queue: 'control',
  payload: z.strictObject({ sweepId: SweepId }),
  result: z.strictObject({}),
  id: ({ sweepId }: { readonly sweepId: SweepId }) => `${sweepId}.begin`,
  options: { attempts: 10 },
});

/** Removes from the bucket what nothing of a sweep refers to and what its retention does not keep. */
export const collectJob = declareJob({
  name: 'collect',
  queue: 'control',
  payload: z.strictObject({ sweepId: SweepId }),
  result: z.strictObject({}),
  id: ({ sweepId }: { readonly sweepId: SweepId }) => `${sweepId}.collect`,
  options: { attempts: 3 },
});

const ofEpoch = /^(.+)\.(\d+)\.(?:train|evaluate|advance)$/;
const ofSweep = /^(.+)\.(?:begin|collect)$/;

/** The epoch that the job belongs to, by its id; undefined for jobs of none. */
export function epochOfJob(jobId: string): EpochIdentity | undefined {
  const [, trialId, epoch] = ofEpoch.exec(jobId) ?? [];
  return trialId === undefined ? undefined : { trialId, epoch: Number(epoch) };
}

/** The sweep that the job belongs to, by its id; undefined for jobs of none. Names nest, so no prefix tells it. */
export function sweepIdOfJob(jobId: string): SweepId | undefined {
  const epoch = epochOfJob(jobId);
  return epoch ? sweepIdOf(epoch.trialId) : ofSweep.exec(jobId)?.[1];
}

/** Why a job was put back: a line of the log that BullMQ keeps with it. The log begins anew when the job gets on. */
export const PutBack = z.object({ at: z.iso.datetime(), kind: z.string(), reason: z.string() });
export type PutBack = z.output<typeof PutBack>;

/** Those in a job's log, the first first; lines of others are left out. */
export function putBacksIn(lines: readonly string[]): PutBack[] {
  return lines.flatMap((line) => {
    try {
      return [fromJson(PutBack, line, 'a line of a log')];
    } catch {
      return [];
    }
  });
}

/** Finished jobs are kept for this long, in seconds, so that adding one again stays a no-op. */
export const keepFinishedJobsSeconds = 24 * 3600;

/**
 * How long a worker holds a job without renewing, and how often stalled jobs are looked for, in
 * milliseconds: a killed worker's job goes on elsewhere within their sum.
 */
export const lockTimings = { lockDuration: 8_000, stalledInterval: 3_000 } as const;

/** What a train-epoch job reports while it runs. */
export const TrainProgress = z.strictObject({
  trialId: TrialId,
  epoch: z.int().min(1),
  step: z.int().min(0),
  steps: z.int().min(1),
  targetTokensPerSecond: z.number().min(0),
  /** Token perplexity of the epoch so far. */
  perplexity: Measure,
  elapsedSeconds: z.number().min(0),
  worker: z.string(),
});
export type TrainProgress = z.output<typeof TrainProgress>;

/** What a preprocess job reports while it runs. */
export const PreprocessProgress = z.strictObject({
  stage: z.enum(['download', 'tokenizers', 'encode', 'upload']),
  /** 0 to 1. */
  share: z.number().min(0).max(1),
});
export type PreprocessProgress = z.output<typeof PreprocessProgress>;

/** Digest of a dataset: of its corpus's content and of every setting that shapes it. */
export function datasetDigestOf(corpus: Sha256, settings: DatasetSettings): Sha256 {
  return digestOf({ format: 1, corpus, settings });
}

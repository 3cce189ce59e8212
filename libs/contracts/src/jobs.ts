/**
 * Every job, declared once: queue, name, id, schemas of payload and result, tries, back-off, what becomes of it when it
 * has finished, and of the job that waits for it.
 */
import { z } from 'zod';
import { DatasetSettings } from './dataset.ts';
import { Sha256, digestOf } from './digest.ts';
import { SweepId, TrialId, sweepIdOf } from './identifiers.ts';
import { declareJob } from './job-declaration.ts';
import { Measure } from './numbers.ts';
import { TrialConfig } from './records.ts';
import { formatOfDataset, formatOfTrial } from './setting-formats.ts';
import { WebhookMessage } from './webhook.ts';

const trialEpoch = { sweepId: SweepId, trialId: TrialId, epoch: z.int().min(1) };
/** What the ids of an epoch's jobs are made of. */
interface EpochIdentity {
  readonly trialId: TrialId;
  readonly epoch: number;
}

/** Jobs that decide fail when Redis or the bucket is away; they are tried again soon, then by the reconciliation. */
const controlBackoff = { type: 'fixed', delay: 2_000 } as const;

/**
 * Corpus to dataset; once per (corpus, settings), whoever asks. It has no parent: BullMQ gives a job one parent, and
 * several sweeps may wait for one dataset, so each sweep's begin job looks after it instead.
 */
export const preprocessJob = declareJob({
  name: 'preprocess',
  queue: 'preprocess',
  payload: z.object({ corpus: Sha256, settings: DatasetSettings }),
  result: z.strictObject({ dataset: Sha256 }),
  id: ({ corpus, settings }: { readonly corpus: Sha256; readonly settings: DatasetSettings }) =>
    `dataset.${datasetDigestOf(corpus, settings)}`,
  requires: ({ settings }) => formatOfDataset(settings),
  attempts: 3,
  finished: 'kept',
});

/** One epoch of one trial from the last committed checkpoint. */
export const trainEpochJob = declareJob({
  name: 'train-epoch',
  queue: 'trials',
  payload: z.object({
    ...trialEpoch,
    config: TrialConfig,
    /** The trial whose checkpoint of the epoch before it goes on from, where that is another. */
    from: TrialId.optional(),
  }),
  result: z.strictObject({ perplexity: Measure }),
  id: ({ trialId, epoch }: EpochIdentity) => `${trialId}.${epoch}.train`,
  requires: ({ config }) => formatOfTrial(config),
  attempts: 3,
  finished: 'kept',
  parentOnFailure: 'fails',
});

/** Held-out perplexity and sample translations for one checkpoint. */
export const evaluateJob = declareJob({
  name: 'evaluate',
  queue: 'trials',
  payload: z.object({ ...trialEpoch, config: TrialConfig }),
  result: z.strictObject({ perplexity: Measure }),
  id: ({ trialId, epoch }: EpochIdentity) => `${trialId}.${epoch}.evaluate`,
  requires: ({ config }) => formatOfTrial(config),
  attempts: 3,
  finished: 'kept',
  // The advance job reads what became of the epoch, and ends the trial where that is a failure.
  parentOnFailure: 'continues',
});

/** Records an epoch's result and enqueues what is next. */
export const advanceJob = declareJob({
  name: 'advance',
  queue: 'control',
  payload: z.object(trialEpoch),
  result: z.void(),
  id: ({ trialId, epoch }: EpochIdentity) => `${trialId}.${epoch}.advance`,
  attempts: 10,
  backoff: controlBackoff,
  finished: 'kept',
});

/** The dataset of a sweep is there (or could not be made): starts its first trials, or fails it. */
export const beginJob = declareJob({
  name: 'begin',
  queue: 'control',
  payload: z.object({ sweepId: SweepId }),
  result: z.void(),
  id: ({ sweepId }: { readonly sweepId: SweepId }) => `${sweepId}.begin`,
  attempts: 10,
  backoff: controlBackoff,
  finished: 'kept',
});

/** Removes from the bucket what nothing of a sweep refers to and what its retention does not keep. */
export const collectJob = declareJob({
  name: 'collect',
  queue: 'control',
  payload: z.object({ sweepId: SweepId }),
  result: z.void(),
  id: ({ sweepId }: { readonly sweepId: SweepId }) => `${sweepId}.collect`,
  attempts: 3,
  backoff: controlBackoff,
  finished: 'removed',
});

/** Notifies the address that a sweep names of an end, for more than two hours. */
export const webhookJob = declareJob({
  name: 'webhook',
  queue: 'webhooks',
  payload: z.object({ url: z.url(), message: WebhookMessage }),
  result: z.void(),
  id: ({ message }: { readonly message: Pick<WebhookMessage, 'id'> }) => message.id,
  attempts: 13,
  backoff: { type: 'exponential', delay: 2_000 },
  finished: 'kept',
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

/** Digest of a dataset: of its corpus's content and of every setting that shapes it. */
export function datasetDigestOf(corpus: Sha256, settings: DatasetSettings): Sha256 {
  return digestOf({ format: 1, corpus, settings });
}

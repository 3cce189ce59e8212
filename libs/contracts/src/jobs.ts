/**
 * Declares every job once: queue, name, id, schemas of payload and result, attempts, back-off, and what happens to the
 * job when it has finished and to its parent when it fails.
 */
import { z } from 'zod';
import { DatasetSettings } from './dataset.ts';
import { Sha256, digestOf } from './digest.ts';
import { DecodingSettings } from './decoding.ts';
import { SweepId, TrialId, sweepIdOf } from './identifiers.ts';
import { declareJob } from './job-declaration.ts';
import { Measure } from './numbers.ts';
import { TrialConfig } from './records.ts';
import { formatOfDataset, formatOfTrial } from './setting-formats.ts';
import { WebhookMessage } from './webhook.ts';

const trialEpoch = { sweepId: SweepId, trialId: TrialId, epoch: z.int().min(1) };
/** The parts of the ids of an epoch's jobs. */
interface EpochIdentity {
  readonly trialId: TrialId;
  readonly epoch: number;
}

/** The number of held-out pairs that an evaluation translates, if the sweep sets it. */
const sentences = z.int().min(1).optional();
/** The job format since which evaluations translate a sample. */
const sampleFormat = 5;

/** The dataset has a dev set, on which epochs are evaluated, so that the test set is read by the score job alone. */
const dev = z.literal(true).optional();
/** The job format since which datasets have a dev set. */
const devFormat = 6;

/** How translations are decoded, if the sweep sets it; evaluations are greedy in any case. */
const decoding = DecodingSettings.optional();
/** The job format since which a sweep may set it. */
const decodingFormat = 11;

/** The job format since which evaluations are as the payload's settings say; an earlier worker would ignore them. */
function formatOfEvaluation(payload: {
  readonly sentences?: number | undefined;
  readonly dev?: true | undefined;
  readonly decoding?: DecodingSettings | undefined;
}) {
  if (payload.decoding) return decodingFormat;
  if (payload.dev) return devFormat;
  return payload.sentences === undefined ? 1 : sampleFormat;
}

/** Control jobs fail when Redis or the bucket is unavailable; they are retried soon, and later by the reconciliation. */
const controlBackoff = { type: 'fixed', delay: 2_000 } as const;

/**
 * Builds a dataset, once per corpus and settings. It has no parent, because several sweeps may wait for one dataset and
 * BullMQ allows one parent; each sweep's begin job waits for it instead.
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

/** Trains one epoch of one trial from the last committed checkpoint. */
export const trainEpochJob = declareJob({
  name: 'train-epoch',
  queue: 'trials',
  payload: z.object({
    ...trialEpoch,
    config: TrialConfig,
    /** The trial whose checkpoint of the previous epoch is continued, if it is another one. */
    from: TrialId.optional(),
    /** Of the evaluation that follows, which the worker may start before its job arrives. */
    sentences,
    dev,
    decoding,
  }),
  result: z.strictObject({ perplexity: Measure }),
  id: ({ trialId, epoch }: EpochIdentity) => `${trialId}.${epoch}.train`,
  requires: ({ config }) => formatOfTrial(config),
  attempts: 3,
  finished: 'kept',
  parentOnFailure: 'fails',
});

/** Evaluates one checkpoint: held-out metrics and sample translations. */
export const evaluateJob = declareJob({
  name: 'evaluate',
  queue: 'trials',
  payload: z.object({ ...trialEpoch, config: TrialConfig, sentences, dev, decoding }),
  result: z.strictObject({ perplexity: Measure }),
  id: ({ trialId, epoch }: EpochIdentity) => `${trialId}.${epoch}.evaluate`,
  // An earlier worker would evaluate on the test set, translate its first 2,000 pairs, or cut translations elsewhere.
  requires: (payload) => Math.max(formatOfTrial(payload.config), formatOfEvaluation(payload)),
  attempts: 3,
  finished: 'kept',
  // The advance job reads the outcome of the epoch and ends the trial if it failed.
  parentOnFailure: 'continues',
});

/** Records an epoch's outcome and enqueues the jobs that follow. */
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

/**
 * Scores a checkpoint's translations of the whole test set, where evaluations translate a sample of it, or of the dev
 * set.
 */
export const scoreJob = declareJob({
  name: 'score',
  queue: 'trials',
  payload: z.object({ ...trialEpoch, config: TrialConfig, dev, decoding }),
  result: z.strictObject({ bleu: z.number() }),
  id: ({ trialId, epoch }: EpochIdentity) => `${trialId}.${epoch}.score`,
  requires: (payload) => Math.max(formatOfTrial(payload.config), sampleFormat, formatOfEvaluation(payload)),
  attempts: 3,
  finished: 'kept',
  // The conclude job reads the outcome: a failed score must not fail the sweep.
  parentOnFailure: 'continues',
});

/** Records the outcome of a score job, with which the sweep ends. */
export const concludeJob = declareJob({
  name: 'conclude',
  queue: 'control',
  payload: z.object(trialEpoch),
  result: z.void(),
  id: ({ trialId, epoch }: EpochIdentity) => `${trialId}.${epoch}.conclude`,
  attempts: 10,
  backoff: controlBackoff,
  finished: 'kept',
});

/** Starts a sweep's first trials when its dataset is ready, or fails the sweep if it could not be built. */
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

/** Removes objects of a sweep that no record refers to or that its retention does not keep. */
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

/** Notifies a sweep's webhook that the sweep or a trial has ended, with retries for more than two hours. */
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

const epochJobId = /^(.+)\.(\d+)\.(?:train|evaluate|advance|score|conclude)$/;
const sweepJobId = /^(.+)\.(?:begin|collect)$/;

/** The epoch that a job belongs to, parsed from its id; undefined for other jobs. */
export function epochOfJob(jobId: string): EpochIdentity | undefined {
  const [, trialId, epoch] = epochJobId.exec(jobId) ?? [];
  return trialId === undefined ? undefined : { trialId, epoch: Number(epoch) };
}

/**
 * The sweep that a job belongs to, parsed from its id, since one sweep's id may be a prefix of another's; undefined for
 * other jobs.
 */
export function sweepIdOfJob(jobId: string): SweepId | undefined {
  const epoch = epochOfJob(jobId);
  return epoch ? sweepIdOf(epoch.trialId) : sweepJobId.exec(jobId)?.[1];
}

/** Digest of a dataset: of its corpus and of all settings. */
export function datasetDigestOf(corpus: Sha256, settings: DatasetSettings): Sha256 {
  return digestOf({ format: 1, corpus, settings });
}

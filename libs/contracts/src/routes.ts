/** Every route of the control API. */
import { z } from 'zod';
import {
  BestBundle,
  BundleFile,
  CollectionResult,
  CorpusUpload,
  Demand,
  EpochList,
  Health,
  LiveEvent,
  NotedSweep,
  Readiness,
  SweepList,
  SweepView,
  TrialList,
  TrialView,
} from './api.ts';
import { CorpusRecord, DatasetReport } from './dataset.ts';
import { Sha256 } from './digest.ts';
import { EpochNumber, SweepId, TrialId } from './identifiers.ts';
import { TranslationList } from './records.ts';
import { declareRoute } from './route.ts';
import { StartFile, StartModel, StartRecord } from './start.ts';
import { Preview, ReindexState, SweepExtension, SweepLogList, TrialsByHand } from './sweep-log.ts';
import { SweepSpec } from './sweep-spec.ts';
import { TranslateRequest, TranslateResponse } from './translation.ts';

/** Clients wait this long for an answer unless they name another limit; the API gives up on the bucket earlier. */
export const answerSeconds = 30;

export const jsonType = 'application/json';
export const yamlTypes = ['application/yaml', 'application/x-yaml', 'text/yaml'] as const;
export const corpusType = 'text/tab-separated-values';
export const fileType = 'application/octet-stream';
export const eventStreamType = 'text/event-stream';

const sweep = { id: SweepId.describe('sweep id') };
const trial = { id: TrialId.describe('trial id') };
const checkpoint = { ...trial, epoch: EpochNumber.describe('epoch') };
const corpus = { digest: Sha256.describe('corpus digest') };
const start = { digest: Sha256.describe('digest of a model') };

const json = (schema: z.ZodType) => ({ schema, types: [jsonType] });
const jsonOrYaml = (schema: z.ZodType) => ({ schema, types: [jsonType, ...yamlTypes] });

/** A query parameter that is `true` or `false` (the default). */
const Flag = z
  .enum(['true', 'false'])
  .default('false')
  .transform((text) => text === 'true');

/** What becomes of a setting that a trial by hand leaves out. */
const inherited = (trial: string) =>
  `${trial} has, for each hyperparameter that it does not set, the constant of the sweep’s \`parameters\` (a value that is no range), else the default.`;

const wholeNumber = (min: number, max: number, byDefault: number) =>
  z
    .preprocess(
      // Number() alone would also accept "", "0x10" and "1e2".
      (text) => (typeof text === 'string' && /^-?\d+$/.test(text) ? Number(text) : text),
      z.number().int().min(min).max(max),
    )
    .default(byDefault);

const startEpoch = 'Without `epoch`: of the epoch with the lowest held-out perplexity.';

const sweeps = {
  submit: declareRoute({
    method: 'POST',
    path: '/v1/sweeps',
    group: 'sweeps',
    summary: 'Submit a sweep',
    description: inherited('A trial of `trialsByHand`'),
    body: jsonOrYaml(SweepSpec),
    status: 201,
    answers: SweepView,
  }),
  sweeps: declareRoute({
    method: 'GET',
    path: '/v1/sweeps',
    group: 'sweeps',
    summary: 'All sweeps, newest first',
    answers: SweepList,
  }),
  sweep: declareRoute({
    method: 'GET',
    path: '/v1/sweeps/:id',
    group: 'sweeps',
    summary: 'One sweep',
    params: sweep,
    answers: SweepView,
    errors: [404],
  }),
  sweepTrials: declareRoute({
    method: 'GET',
    path: '/v1/sweeps/:id/trials',
    group: 'sweeps',
    summary: 'The trials of a sweep, by number',
    params: sweep,
    answers: TrialList,
    errors: [404],
  }),
  dataset: declareRoute({
    method: 'GET',
    path: '/v1/sweeps/:id/dataset',
    group: 'sweeps',
    summary: "Report on a sweep's dataset: languages, pairs left out, overlap of training and test pairs",
    params: sweep,
    answers: DatasetReport,
    errors: [404],
  }),
  best: declareRoute({
    method: 'GET',
    path: '/v1/sweeps/:id/best',
    group: 'sweeps',
    summary: 'The best checkpoint so far: presigned URLs and its stable prefix in the bucket',
    params: sweep,
    answers: BestBundle,
    errors: [404],
  }),
  bestFile: declareRoute({
    method: 'GET',
    path: '/v1/sweeps/:id/best/:file',
    group: 'sweeps',
    summary: 'A file of the best checkpoint, for clients that cannot reach the bucket',
    params: { ...sweep, file: BundleFile },
    answers: { type: fileType, description: 'the file' },
    errors: [404],
  }),
  bestMarian: declareRoute({
    method: 'GET',
    path: '/v1/sweeps/:id/best/marian',
    group: 'sweeps',
    summary: "The best checkpoint in Marian's form, which Hugging Face's transformers load, as a tar archive",
    description: 'Only a Transformer with a joint vocabulary has this form; another is refused.',
    params: sweep,
    answers: { type: 'application/x-tar', description: 'a folder with the files of the form' },
    errors: [404, 409],
  }),
  translate: declareRoute({
    method: 'POST',
    path: '/v1/sweeps/:id/translate',
    group: 'sweeps',
    summary: "Translate with the sweep's best checkpoint",
    params: sweep,
    body: json(TranslateRequest),
    answers: TranslateResponse,
    errors: [404, 409],
  }),
  preview: declareRoute({
    method: 'POST',
    path: '/v1/preview',
    group: 'sweeps',
    summary: 'Plan a sweep without storing or starting anything',
    description: 'What its submission would refuse is refused; its corpus need not be stored yet.',
    body: jsonOrYaml(SweepSpec),
    answers: Preview,
  }),
  log: declareRoute({
    method: 'GET',
    path: '/v1/sweeps/:id/log',
    group: 'sweeps',
    summary: 'The log of a sweep: its events and the decisions on them, in order, in pages',
    description: 'A page has at most 1,000 entries; its `next` is the `after` of the following page.',
    params: sweep,
    query: {
      after: wholeNumber(0, Number.MAX_SAFE_INTEGER, 0),
      limit: wholeNumber(1, 1_000, 1_000),
    },
    answers: SweepLogList,
    errors: [404],
  }),
};

const control = {
  cancel: declareRoute({
    method: 'POST',
    path: '/v1/sweeps/:id/cancel',
    group: 'control',
    summary: 'Cancel a sweep',
    description:
      'Waiting jobs are removed from the queue. An epoch that is being trained runs to its end but is not recorded in the sweep; with now=true it stops at its next step.',
    params: sweep,
    query: { now: Flag },
    answers: SweepView,
    errors: [404],
  }),
  pause: declareRoute({
    method: 'POST',
    path: '/v1/sweeps/:id/pause',
    group: 'control',
    summary: 'Pause a sweep',
    description:
      'No further epoch starts. An epoch that is being trained runs to its end and is recorded; with now=true it stops at its next step, with a checkpoint.',
    params: sweep,
    query: { now: Flag },
    answers: SweepView,
    errors: [404, 409],
  }),
  resume: declareRoute({
    method: 'POST',
    path: '/v1/sweeps/:id/resume',
    group: 'control',
    summary: 'Resume a paused sweep',
    params: sweep,
    answers: SweepView,
    errors: [404, 409],
  }),
  retryFailed: declareRoute({
    method: 'POST',
    path: '/v1/sweeps/:id/retry-failed',
    group: 'control',
    summary: 'Retry failed and lost trials',
    description:
      'They continue from their last committed epoch. Trials that diverged are not retried, as they would diverge again. A failed score of the whole held-out set is tried again as well.',
    params: sweep,
    answers: NotedSweep,
    errors: [404, 409],
  }),
  extend: declareRoute({
    method: 'POST',
    path: '/v1/sweeps/:id/extend',
    group: 'control',
    summary: 'Extend a sweep: more trials, more epochs, or another search space for the trials to come',
    params: sweep,
    body: json(SweepExtension),
    answers: SweepView,
    errors: [404, 409],
  }),
  addTrials: declareRoute({
    method: 'POST',
    path: '/v1/sweeps/:id/trials',
    group: 'control',
    summary: 'Add trials with given settings; they start before those of the sampler',
    description: `${inherited('A trial')} The constants are those of the sweep’s newest space.`,
    params: sweep,
    body: json(TrialsByHand),
    answers: NotedSweep,
    errors: [404, 409],
  }),
};

const retention = {
  collect: declareRoute({
    method: 'POST',
    path: '/v1/sweeps/:id/collect',
    group: 'retention',
    summary:
      'Remove objects of a sweep that nothing refers to, and checkpoints that its retention does not keep',
    description:
      'This also happens automatically while a sweep runs and at its end. With dryRun=true nothing is removed.',
    params: sweep,
    query: { dryRun: Flag },
    answers: CollectionResult,
    errors: [404],
  }),
  pin: declareRoute({
    method: 'PUT',
    path: '/v1/trials/:id/epochs/:epoch/pin',
    group: 'retention',
    summary: 'Pin a checkpoint, so that retention keeps it',
    params: checkpoint,
    answers: TrialView,
    errors: [404],
  }),
  unpin: declareRoute({
    method: 'DELETE',
    path: '/v1/trials/:id/epochs/:epoch/pin',
    group: 'retention',
    summary: 'Unpin a checkpoint',
    params: checkpoint,
    answers: TrialView,
    errors: [404],
  }),
};

const trials = {
  trial: declareRoute({
    method: 'GET',
    path: '/v1/trials/:id',
    group: 'trials',
    summary: 'One trial with the metrics of each epoch',
    params: trial,
    answers: TrialView,
    errors: [404],
  }),
  epochs: declareRoute({
    method: 'GET',
    path: '/v1/trials/:id/epochs',
    group: 'trials',
    summary: 'The committed epochs of a trial, with sample translations',
    params: trial,
    answers: EpochList,
    errors: [404],
  }),
  translations: declareRoute({
    method: 'GET',
    path: '/v1/trials/:id/epochs/:epoch/translations',
    group: 'trials',
    summary: 'The held-out translations of a committed epoch, on which BLEU was measured',
    params: checkpoint,
    answers: TranslationList,
    errors: [404],
  }),
};

const corpora = {
  uploadCorpus: declareRoute({
    method: 'PUT',
    path: '/v1/corpora/:digest',
    group: 'corpora',
    summary: 'Upload a corpus: UTF-8, one pair per line, source TAB target',
    description: 'The digest is the sha256 of the body.',
    params: corpus,
    query: CorpusUpload.shape,
    body: { bytes: [corpusType] },
    answers: CorpusRecord,
  }),
  corpus: declareRoute({
    method: 'GET',
    path: '/v1/corpora/:digest',
    group: 'corpora',
    summary: 'The record of a stored corpus',
    params: corpus,
    answers: CorpusRecord,
    errors: [404],
  }),
};

const starts = {
  uploadStartFile: declareRoute({
    method: 'PUT',
    path: '/v1/starts/files/:sha256',
    group: 'starts',
    summary: 'Upload a file of a model that sweeps may start from: weights, a tokenizer or a vocabulary',
    params: { sha256: Sha256.describe('sha256 of the body') },
    body: { bytes: [fileType] },
    answers: StartFile,
  }),
  storeStart: declareRoute({
    method: 'PUT',
    path: '/v1/starts/:digest',
    group: 'starts',
    summary: 'Store a model whose files are uploaded, so that sweeps may start from it',
    params: start,
    body: json(StartModel),
    answers: StartRecord,
    errors: [409],
  }),
  start: declareRoute({
    method: 'GET',
    path: '/v1/starts/:digest',
    group: 'starts',
    summary: 'The record of a stored model',
    params: start,
    answers: StartRecord,
    errors: [404],
  }),
  trialStart: declareRoute({
    method: 'GET',
    path: '/v1/trials/:id/start',
    group: 'starts',
    summary: 'The checkpoint of a trial as a model that sweeps may start from; nothing is stored',
    description: startEpoch,
    params: trial,
    query: { epoch: EpochNumber.optional() },
    answers: StartRecord,
    errors: [404],
  }),
  storeTrialStart: declareRoute({
    method: 'POST',
    path: '/v1/trials/:id/start',
    group: 'starts',
    summary: 'Store the checkpoint of a trial as a model that sweeps may start from',
    description: `${startEpoch} Its files are copied, so that the trial’s sweep may be removed.`,
    params: trial,
    query: { epoch: EpochNumber.optional() },
    answers: StartRecord,
    errors: [404],
  }),
};

const operation = {
  events: declareRoute({
    method: 'GET',
    path: '/v1/events',
    group: 'events',
    summary: 'Live events (text/event-stream)',
    description:
      'The stream begins with the current state as sweep and trial events, or with the events since Last-Event-ID. Then follow all changes and, at most twice a second, the progress of running epochs. Without `sweep` it covers all sweeps; the current state then consists of the sweeps that have not ended, with their running trials.',
    query: { sweep: SweepId.optional() },
    headers: { 'Last-Event-ID': 'id of the last event that the client received' },
    answers: {
      type: eventStreamType,
      description: 'the data of each event is a LiveEvent in JSON',
      mentions: LiveEvent,
    },
    errors: [404],
  }),
  demand: declareRoute({
    method: 'GET',
    path: '/v1/demand',
    group: 'operation',
    summary: 'The number of workers of each role that would have work now, for autoscalers',
    answers: Demand,
  }),
  beginReindex: declareRoute({
    method: 'POST',
    path: '/v1/reindex',
    group: 'operation',
    summary: 'Start to restore every sweep of the bucket in Redis',
    description: 'It runs in the background; GET of the same path reports its progress.',
    status: 202,
    answers: ReindexState,
  }),
  reindexState: declareRoute({
    method: 'GET',
    path: '/v1/reindex',
    group: 'operation',
    summary: 'The progress of the running reindex, or the result of the last one',
    answers: ReindexState,
  }),
  live: declareRoute({
    method: 'GET',
    path: '/healthz',
    group: 'operation',
    summary: 'Liveness: the process is running',
    answers: Health,
    isOpen: true,
    isIndependent: true,
  }),
  ready: declareRoute({
    method: 'GET',
    path: '/readyz',
    group: 'operation',
    summary: 'Readiness: Redis and the bucket answer and meet the requirements',
    description: '`unreadable` lists the sweeps that cannot be read, each with the object at fault.',
    answers: Readiness,
    isOpen: true,
  }),
  metrics: declareRoute({
    method: 'GET',
    path: '/metrics',
    group: 'operation',
    summary: 'Prometheus metrics',
    answers: { type: 'text/plain', description: 'Prometheus text format' },
    isOpen: true,
    isIndependent: true,
  }),
};

export const routes = { ...sweeps, ...control, ...retention, ...trials, ...corpora, ...starts, ...operation };

/** Paths of the documentation page and of the OpenAPI document. */
export const docsPath = '/docs';
export const openApiPath = '/openapi.json';

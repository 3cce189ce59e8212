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
  Readiness,
  SweepList,
  SweepView,
  TranslateRequest,
  TranslateResponse,
  TrialList,
  TrialView,
} from './api.ts';
import { CorpusRecord, DatasetReport } from './dataset.ts';
import { Sha256 } from './digest.ts';
import { EpochNumber, SweepId, TrialId } from './identifiers.ts';
import { TranslationList } from './records.ts';
import { declareRoute } from './route.ts';
import { Preview, ReindexState, SweepExtension, SweepLogList, TrialsByHand } from './sweep-log.ts';
import { SweepSpec } from './sweep-spec.ts';

export const jsonType = 'application/json';
export const yamlTypes = ['application/yaml', 'application/x-yaml', 'text/yaml'] as const;
export const corpusType = 'text/tab-separated-values';
export const eventStreamType = 'text/event-stream';

const sweep = { id: SweepId.describe('sweep id') };
const trial = { id: TrialId.describe('trial id') };
const checkpoint = { ...trial, epoch: EpochNumber.describe('epoch') };
const corpus = { digest: Sha256.describe('corpus digest') };

const json = (schema: z.ZodType) => ({ schema, types: [jsonType] });
const jsonOrYaml = (schema: z.ZodType) => ({ schema, types: [jsonType, ...yamlTypes] });

/** A query parameter that is `true` or `false`, and false when it is left out. */
const Flag = z
  .enum(['true', 'false'])
  .default('false')
  .transform((text) => text === 'true');

const wholeNumber = (low: number, high: number, usual: number) =>
  z
    .preprocess(
      // Number() also takes "", "0x10" and "1e2".
      (text) => (typeof text === 'string' && /^-?\d+$/.test(text) ? Number(text) : text),
      z.number().int().min(low).max(high),
    )
    .default(usual);

const sweeps = {
  submit: declareRoute({
    method: 'POST',
    path: '/v1/sweeps',
    group: 'sweeps',
    summary: 'Submit a sweep',
    body: jsonOrYaml(SweepSpec),
    status: 201,
    answers: SweepView,
  }),
  sweeps: declareRoute({
    method: 'GET',
    path: '/v1/sweeps',
    group: 'sweeps',
    summary: 'All sweeps, the newest first',
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
    summary: "What to know of a sweep's dataset: languages, pairs left out, pairs on both sides of the split",
    params: sweep,
    answers: DatasetReport,
    errors: [404],
  }),
  best: declareRoute({
    method: 'GET',
    path: '/v1/sweeps/:id/best',
    group: 'sweeps',
    summary: 'The best checkpoint so far: presigned URLs and the stable place in the bucket',
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
    answers: { type: 'application/octet-stream', description: 'the file' },
    errors: [404],
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
    summary: 'What a sweep would come to; nothing is stored or started',
    body: jsonOrYaml(SweepSpec),
    answers: Preview,
  }),
  log: declareRoute({
    method: 'GET',
    path: '/v1/sweeps/:id/log',
    group: 'sweeps',
    summary: 'What happened in a sweep and what was decided on it, in order, by pages',
    description:
      'A page has at most 1,000 entries; `next` of its answer is the `after` of the page that follows.',
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
      'Waiting jobs are removed from the queue. An epoch that a worker has begun runs to its end and is not recorded in the sweep; with now=true it stops at its next step.',
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
      'No job of it starts any more. An epoch that a worker has begun runs to its end and is recorded; with now=true it stops at its next step, with a checkpoint.',
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
      'They go on from their last committed epoch. Trials that diverged would diverge again and stay.',
    params: sweep,
    answers: SweepView,
    errors: [404, 409],
  }),
  extend: declareRoute({
    method: 'POST',
    path: '/v1/sweeps/:id/extend',
    group: 'control',
    summary: 'More trials, more epochs, or another space for the trials to come',
    params: sweep,
    body: json(SweepExtension),
    answers: SweepView,
    errors: [404, 409],
  }),
  addTrials: declareRoute({
    method: 'POST',
    path: '/v1/sweeps/:id/trials',
    group: 'control',
    summary: 'Add trials with settings of your own; they start before those of the sampler',
    params: sweep,
    body: json(TrialsByHand),
    answers: SweepView,
    errors: [404, 409],
  }),
};

const retention = {
  collect: declareRoute({
    method: 'POST',
    path: '/v1/sweeps/:id/collect',
    group: 'retention',
    summary: 'Remove what nothing of the sweep refers to and what its retention does not keep',
    description: 'Happens by itself while a sweep runs and at its end. With dryRun=true nothing is removed.',
    params: sweep,
    query: { dryRun: Flag },
    answers: CollectionResult,
    errors: [404],
  }),
  pin: declareRoute({
    method: 'PUT',
    path: '/v1/trials/:id/epochs/:epoch/pin',
    group: 'retention',
    summary: 'Keep a checkpoint whatever retention says',
    params: checkpoint,
    answers: TrialView,
    errors: [404],
  }),
  unpin: declareRoute({
    method: 'DELETE',
    path: '/v1/trials/:id/epochs/:epoch/pin',
    group: 'retention',
    summary: 'Leave a checkpoint to retention again',
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
    summary: 'One trial with its metrics by epoch',
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
    summary: 'The held-out translations of a committed epoch, which BLEU was measured on',
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
    summary: 'Upload a corpus: UTF-8, one pair a line, source TAB target',
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
    summary: 'What is known of a stored corpus',
    params: corpus,
    answers: CorpusRecord,
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
      'First the present state as sweep and trial events, or what was missed since Last-Event-ID; then every change, and twice a second at most the progress of running epochs. Without `sweep`: of all sweeps; the present state is then that of those that have not ended, with the trials that run.',
    query: { sweep: SweepId.optional() },
    headers: { 'Last-Event-ID': 'the newest event that the client has' },
    answers: {
      type: eventStreamType,
      description: 'the data of each event is a LiveEvent as JSON',
      mentions: LiveEvent,
    },
    errors: [404],
  }),
  demand: declareRoute({
    method: 'GET',
    path: '/v1/demand',
    group: 'operation',
    summary: 'How many workers of each role would have work at once, for autoscalers',
    answers: Demand,
  }),
  beginReindex: declareRoute({
    method: 'POST',
    path: '/v1/reindex',
    group: 'operation',
    summary: 'Begin to bring every sweep in the bucket back into Redis',
    description: 'It goes on in the background; GET of the same path reports its progress.',
    status: 202,
    answers: ReindexState,
  }),
  reindexState: declareRoute({
    method: 'GET',
    path: '/v1/reindex',
    group: 'operation',
    summary: 'The progress of the reindex, or the result of the last one',
    answers: ReindexState,
  }),
  live: declareRoute({
    method: 'GET',
    path: '/healthz',
    group: 'operation',
    summary: 'The process runs',
    answers: Health,
    isOpen: true,
    isIndependent: true,
  }),
  ready: declareRoute({
    method: 'GET',
    path: '/readyz',
    group: 'operation',
    summary: 'Redis and the bucket answer and are as they have to be',
    description:
      '`unreadable` lists the sweeps that are left out, and the object of each that cannot be read.',
    answers: Readiness,
    isOpen: true,
  }),
  metrics: declareRoute({
    method: 'GET',
    path: '/metrics',
    group: 'operation',
    summary: 'Prometheus metrics',
    answers: { type: 'text/plain', description: 'in the text format of Prometheus' },
    isOpen: true,
    isIndependent: true,
  }),
};

export const routes = { ...sweeps, ...control, ...retention, ...trials, ...corpora, ...operation };

/** Addresses that describe the others. */
export const docsPath = '/docs';
export const openApiPath = '/openapi.json';

/**
 * Workers that only pretend to train: they take real jobs from the real queues, wait as long as an epoch would
 * take and commit records with a made-up perplexity. A process of its own, told what to do by HONYAKU_PRETEND.
 */
import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import {
  CorpusRecord,
  DatasetManifest,
  EpochRecord,
  EvaluationRecord,
  type Provenance,
  datasetDigestOf,
  evaluateJob,
  fromJson,
  lockTimings,
  preprocessJob,
  queuePrefix,
  toJson,
  trainEpochJob,
} from '@honyaku/contracts';
import { exampleHeldOut } from '@honyaku/contracts/examples';
import { emptyHistory } from '@honyaku/search';
import { ObjectStore, keys } from '@honyaku/storage';
import { type Job, Worker } from 'bullmq';
import { type z } from 'zod';
import { type PretendEvent, PretendSettings } from './pretend-events.ts';

const provenance: Provenance = {
  host: 'here',
  worker: 'pretend',
  codeVersion: '0',
  nodeVersion: process.version,
  tensorflowVersion: 'none',
};
const jobsAWorker = 100;
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const share = (text: string) => Number.parseInt(sha256(text).slice(0, 8), 16) / 2 ** 32;
const now = () => new Date().toISOString();

const settings = PretendSettings.parse(JSON.parse(process.env['HONYAKU_PRETEND'] ?? ''));
const { redisUrl, endpoint, bucket, accessKey, secretKey, workers, shortestSeconds, longestSeconds } =
  settings;
const objects = new ObjectStore({
  endpoint,
  bucket,
  region: 'us-east-1',
  accessKey,
  secretKey,
});
const tell = (...event: PretendEvent) => process.send?.(event);

async function train({ trialId, epoch, config }: z.output<typeof trainEpochJob.payload>): Promise<number> {
  tell('began', trialId, Date.now());
  const seconds = shortestSeconds + share(`${trialId}.${epoch}`) * (longestSeconds - shortestSeconds);
  await delay(seconds * 1000);
  const perplexity = perplexityOf(trialId, epoch);
  const file = { key: 'a1/model.safetensors', bytes: 1, sha256: sha256(`${trialId}.${epoch}`) };
  await objects.put(`${keys.epochFolder(trialId, epoch)}/${file.key}`, '.');
  const metrics = {
    steps: 1,
    targetTokens: 1_000,
    perplexity,
    perplexityBatchMean: perplexity,
    paddedShare: 0,
  };
  const record: EpochRecord = {
    trialId,
    epoch,
    attempt: 'a1',
    fence: 1,
    config,
    history: emptyHistory,
    metrics: { ...metrics, seconds },
    files: { model: file, optimizer: file },
    provenance,
    startedAt: now(),
    committedAt: now(),
  };
  await objects.putIfAbsent(keys.epochRecord(trialId, epoch), toJson(EpochRecord, record));
  return perplexity;
}

async function evaluate({ trialId, epoch }: z.output<typeof evaluateJob.payload>): Promise<number> {
  const perplexity = perplexityOf(trialId, epoch);
  const record: EvaluationRecord = {
    trialId,
    epoch,
    model: sha256(`${trialId}.${epoch}`),
    metrics: exampleHeldOut(perplexity),
    ownPerplexity: perplexity,
    samples: [],
    translations: { key: 'a1/translations.json', bytes: 1, sha256: sha256('none') },
    provenance,
    committedAt: now(),
  };
  await objects.putIfAbsent(keys.evaluationRecord(trialId, epoch), toJson(EvaluationRecord, record));
  tell('ended', trialId, Date.now());
  return perplexity;
}

/** Falls towards a limit that is the trial's own. */
function perplexityOf(trialId: string, epoch: number): number {
  return 20 + 100 * share(trialId) + 50 / epoch;
}

async function preprocess(job: Job): Promise<unknown> {
  const payload = fromJson(preprocessJob.payload, JSON.stringify(job.data), 'payload');
  const digest = datasetDigestOf(payload.corpus, payload.settings);
  const corpus = fromJson(CorpusRecord, (await objects.getText(keys.corpus(payload.corpus))) ?? '', 'corpus');
  const file = async (key: string) => {
    await objects.put(`${keys.datasetFolder(digest)}/${key}`, key);
    return { key, bytes: key.length, sha256: sha256(key) };
  };
  const shard = { ...(await file('0.arrow')), pairs: 1, sourceTokens: 1, targetTokens: 1 };
  const manifest: DatasetManifest = {
    version: 1,
    digest,
    corpus,
    settings: payload.settings,
    tokenizers: { source: await file('source.model'), target: await file('target.model') },
    vocabularySize: payload.settings.vocabularySize,
    shards: { train: [shard], test: [shard] },
    skipped: { tooLong: 0 },
  };
  await objects.put(keys.manifest(digest), toJson(DatasetManifest, manifest));
  return { dataset: digest };
}

async function trial(job: Job): Promise<unknown> {
  const text = JSON.stringify(job.data);
  const perplexity =
    job.name === evaluateJob.name
      ? await evaluate(fromJson(evaluateJob.payload, text, 'payload'))
      : await train(fromJson(trainEpochJob.payload, text, 'payload'));
  return { perplexity };
}

const options = {
  connection: { url: redisUrl, maxRetriesPerRequest: null },
  prefix: queuePrefix,
  drainDelay: 1,
  ...lockTimings,
  // What a busy machine renews late is not lost.
  lockDuration: 120_000,
};
for (let started = 0; started < workers; started += jobsAWorker)
  new Worker('trials', trial, { ...options, concurrency: Math.min(jobsAWorker, workers - started) }).on(
    'error',
    () => undefined,
  );
new Worker('preprocess', preprocess, options).on('error', () => undefined);
process.on('disconnect', () => process.exit(0));

/**
 * Stands in for the workers, in tests of the API and in simulations of large sweeps: takes their jobs from the real
 * queues and commits records to the bucket, without training.
 */
import { createHash } from 'node:crypto';
import {
  CorpusRecord,
  DatasetManifest,
  EpochRecord,
  EvaluationRecord,
  type Provenance,
  ScoreRecord,
  type StoredFile,
  TrainProgress,
  TranslationList,
  datasetDigestOf,
  emptyHistory,
  evaluateJob,
  fromJson,
  hasDevSet,
  preprocessJob,
  queuePrefix,
  scoreJob,
  toJson,
  trainEpochJob,
  translationsFileName,
  withPrecision,
} from '@honyaku/contracts';
import { exampleHeldOut } from '@honyaku/contracts/examples';
import { type ObjectStore, keys } from '@honyaku/storage';
import { type Job, UnrecoverableError, Worker, type WorkerOptions } from 'bullmq';
import { z } from 'zod';

type EpochPayload = z.output<typeof trainEpochJob.payload>;
type ScorePayload = z.output<typeof scoreJob.payload>;

const provenance: Provenance = {
  host: 'here',
  worker: 'fake',
  codeVersion: '0',
  nodeVersion: process.version,
  tensorflowVersion: 'none',
};

const samples = [{ source: '犬', output: 'a dog', reference: 'the dog' }];
/** Jobs at once over one connection to Redis. */
const jobsAWorker = 100;

const now = () => new Date().toISOString();

export interface Script {
  /** Held-out and train perplexity of an epoch. */
  readonly perplexity: (payload: EpochPayload) => number;
  /** Called before an epoch is committed; may wait as long as an epoch takes, or throw UnrecoverableError to fail the job for good. */
  readonly beforeCommit?: (payload: EpochPayload) => Promise<void> | void;
  /** Translations of an epoch that were cut. */
  readonly cut?: number;
  /** Called when an epoch was evaluated, before its job is completed. */
  readonly afterEvaluation?: (payload: EpochPayload) => Promise<void> | void;
  /** Called before the whole test set is scored; may wait, or throw UnrecoverableError to fail the job for good. */
  readonly beforeScore?: (payload: ScorePayload) => Promise<void> | void;
  /** Fails preprocessing with this reason. */
  readonly preprocessFailure?: () => string | undefined;
  /** Reports no progress and writes no translations: what is measured then is the API alone. */
  readonly sparing?: boolean;
}

export interface FakeTrainerOptions {
  /** Epochs that are trained at once. */
  readonly concurrency?: number;
  /** Options of BullMQ, beside the usual ones. */
  readonly queue?: Pick<WorkerOptions, 'lockDuration' | 'stalledInterval' | 'maxStalledCount'>;
}

/** Pairs of the fake held-out set. */
export const heldOutPairs = 20;
/** BLEU of all of them, which differs from that of every evaluation. */
export const wholeBleu = 45.6;

/** Perplexity of the test set of a fake dataset with a dev set. */
export const testPerplexity = 7.5;

/** The bytes of the fake checkpoint of an epoch. */
export const modelBytes = (trialId: string, epoch: number) => `weights of ${trialId} after epoch ${epoch}`;

export class FakeTrainer {
  private readonly workers: Worker[];
  /** Ids of finished epochs, in order, with repeats if there are any. */
  readonly trained: string[] = [];
  /** Ids of epochs that were scored on the whole test set, likewise. */
  readonly scored: string[] = [];

  constructor(
    private readonly objects: ObjectStore,
    redisUrl: string,
    private readonly script: Script,
    { concurrency = 2, queue = {} }: FakeTrainerOptions = {},
  ) {
    const options = {
      ...queue,
      connection: { url: redisUrl, maxRetriesPerRequest: null },
      prefix: queuePrefix,
      drainDelay: 1,
    };
    this.workers = [new Worker('preprocess', (job) => this.preprocess(job), options)];
    for (let started = 0; started < concurrency; started += jobsAWorker) {
      const own = { ...options, concurrency: Math.min(jobsAWorker, concurrency - started) };
      this.workers.push(new Worker('trials', (job) => this.trial(job), own));
    }
    for (const worker of this.workers) worker.on('error', () => undefined);
  }

  async stop(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.close()));
  }

  private async preprocess(job: Job) {
    const { corpus, settings } = fromJson(preprocessJob.payload, JSON.stringify(job.data), 'payload');
    const failure = this.script.preprocessFailure?.();
    if (failure !== undefined) {
      throw new UnrecoverableError(failure);
    }
    const digest = datasetDigestOf(corpus, settings);
    const record = fromJson(CorpusRecord, (await this.objects.getText(keys.corpus(corpus))) ?? '', 'corpus');
    const file = async (key: string) => {
      await this.objects.put(`${keys.datasetFolder(digest)}/${key}`, key);
      return { key, bytes: key.length, sha256: sha256(key) };
    };
    const shard = { ...(await file('0.arrow')), pairs: 1, sourceTokens: 1, targetTokens: 1 };
    const manifest: DatasetManifest = {
      version: 1,
      digest,
      corpus: record,
      settings,
      tokenizers: { source: await file('source.model'), target: await file('target.model') },
      ...(settings.vocabulary === 'joint' ? { vocabulary: await file('vocab.json') } : {}),
      vocabularySize: settings.vocabularySize,
      shards: { train: [shard], ...(hasDevSet(settings) ? { dev: [shard] } : {}), test: [shard] },
      skipped: { tooLong: 0 },
    };
    await this.objects.put(keys.manifest(digest), toJson(DatasetManifest, manifest));
    return { dataset: digest };
  }

  private async trial(job: Job) {
    if (job.name === scoreJob.name) return this.score(job);
    const payload = fromJson(trainEpochJob.payload, JSON.stringify(job.data), 'payload');
    const perplexity = this.script.perplexity(payload);
    const result = z.encode(trainEpochJob.result, { perplexity });
    if (job.name === evaluateJob.name) await this.evaluate(payload, perplexity);
    else await this.train(job, payload, perplexity);
    return result;
  }

  private async train(job: Job, payload: EpochPayload, perplexity: number): Promise<void> {
    const { trialId, epoch, config } = payload;
    if (this.script.sparing !== true) await job.updateProgress(progressOf(payload, perplexity));
    await this.script.beforeCommit?.(payload);
    const bytes = modelBytes(trialId, epoch);
    const model = { key: 'a1/model.safetensors', bytes: bytes.length, sha256: sha256(bytes) };
    await this.objects.put(`${keys.epochFolder(trialId, epoch)}/${model.key}`, bytes);
    const record: EpochRecord = {
      trialId,
      epoch,
      attempt: 'a1',
      fence: 1,
      config: withPrecision(config),
      history: emptyHistory,
      metrics: {
        steps: 2,
        targetTokens: 9,
        perplexity,
        perplexityBatchMean: perplexity,
        seconds: 1,
        paddedShare: 0,
      },
      files: { model, optimizer: model },
      provenance,
      startedAt: now(),
      committedAt: now(),
    };
    await this.objects.putIfAbsent(keys.epochRecord(trialId, epoch), toJson(EpochRecord, record));
    this.trained.push(`${trialId}.${epoch}`);
  }

  private async evaluate(payload: EpochPayload, perplexity: number): Promise<void> {
    const { trialId, epoch } = payload;
    const name = `a1/${translationsFileName(this.script.cut ?? 0)}`;
    const metrics = exampleHeldOut(perplexity);
    const sentences = Math.min(heldOutPairs, payload.sentences ?? heldOutPairs);
    const record: EvaluationRecord = {
      trialId,
      epoch,
      model: sha256(modelBytes(trialId, epoch)),
      metrics: { ...metrics, translations: { ...metrics.translations, sentences } },
      ownPerplexity: perplexity,
      samples,
      translations: await this.translations(payload, name),
      provenance,
      committedAt: now(),
    };
    await this.objects.putIfAbsent(keys.evaluationRecord(trialId, epoch), toJson(EvaluationRecord, record));
    await this.script.afterEvaluation?.(payload);
  }

  private async score(job: Job) {
    const payload = fromJson(scoreJob.payload, JSON.stringify(job.data), 'payload');
    await this.script.beforeScore?.(payload);
    const { trialId, epoch, dev, decoding } = payload;
    const { beamSize: size = 1, lengthPenalty = 0 } = decoding ?? {};
    const beam = size > 1 ? { beam: { size, lengthPenalty } } : {};
    const { translations: scores, seconds: _, ...losses } = exampleHeldOut(testPerplexity);
    const record: ScoreRecord = {
      trialId,
      epoch,
      model: sha256(modelBytes(trialId, epoch)),
      scores: { ...scores, ...beam, sentences: heldOutPairs, bleu: { ...scores.bleu, score: wholeBleu } },
      ...(dev ? { losses } : {}),
      seconds: 2,
      translations: await this.translations(payload, 'a1/whole.json'),
      provenance,
      committedAt: now(),
    };
    await this.objects.putIfAbsent(keys.scoreRecord(trialId, epoch), toJson(ScoreRecord, record));
    this.scored.push(`${trialId}.${epoch}`);
    return z.encode(scoreJob.result, { bleu: wholeBleu });
  }

  private async translations(
    { trialId, epoch }: { readonly trialId: string; readonly epoch: number },
    key: string,
  ): Promise<StoredFile> {
    const list = toJson(TranslationList, { translations: samples });
    if (this.script.sparing !== true)
      await this.objects.put(`${keys.epochFolder(trialId, epoch)}/${key}`, list);
    return { key, bytes: Buffer.byteLength(list), sha256: sha256(list) };
  }
}

function progressOf({ trialId, epoch }: EpochPayload, perplexity: number) {
  const steps = { step: 1, steps: 2, targetTokensPerSecond: 9, elapsedSeconds: 1 };
  return z.encode(TrainProgress, { trialId, epoch, ...steps, perplexity, worker: 'fake' });
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

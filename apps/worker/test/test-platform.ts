/** A real Redis and a real object store with a small corpus in it, and the producer's side of the queues. */
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CorpusRecord,
  DatasetSettings,
  datasetDigestOf,
  EpochRecord,
  EvaluationRecord,
  evaluateJob,
  fromJson,
  Hyperparameters,
  preprocessJob,
  queuePrefix,
  toJson,
  TrainProgress,
  trainEpochJob,
  type TrialConfig,
} from '@honyaku/contracts';
import {
  type EmbeddedObjectStore,
  type EmbeddedRedis,
  startObjectStore,
  startRedis,
} from '@honyaku/embedded';
import { type Folder, keys, ObjectStore } from '@honyaku/storage';
import { FlowProducer, type Job, Queue, QueueEvents } from 'bullmq';
import { tensorRuntime } from '@honyaku/contracts/examples';
import { examplePairs } from '@honyaku/data/examples';
import { WorkerProcess } from './worker-process.ts';

const corpus = createHash('sha256').update(examplePairs).digest('hex');
const settings = DatasetSettings.parse({ vocabularySize: { source: 60, target: 48 } });
export const dataset = datasetDigestOf(corpus, settings);

/** Some 380 steps an epoch, of several milliseconds each: time to be interrupted in. */
export const config: TrialConfig = {
  hyperparameters: Hyperparameters.parse({
    embeddingSize: 16,
    hiddenSize: 16,
    learningRate: 0.003,
    batchSize: 1,
  }),
  seed: 5,
  epochs: 2,
  runtime: tensorRuntime(),
  dataset,
};

const waitMilliseconds = 240_000;

export class TestPlatform {
  readonly datasetPayload = { corpus, settings };
  private readonly trials: Queue;
  private readonly datasets: Queue;
  private readonly flows: FlowProducer;
  private readonly workers: WorkerProcess[] = [];

  private constructor(
    private readonly folder: string,
    readonly redis: EmbeddedRedis,
    private readonly bucket: EmbeddedObjectStore,
    readonly store: ObjectStore,
    private readonly events: Record<'trials' | 'preprocess', QueueEvents>,
  ) {
    const options = { connection: { url: redis.url }, prefix: queuePrefix };
    this.trials = new Queue('trials', options);
    this.datasets = new Queue('preprocess', options);
    this.flows = new FlowProducer(options);
  }

  static async open(): Promise<TestPlatform> {
    const folder = await mkdtemp(join(tmpdir(), 'honyaku-worker-'));
    const [redis, bucket] = await Promise.all([
      startRedis({ folder: join(folder, 'redis') }),
      startObjectStore({ folder: join(folder, 's3') }),
    ]);
    const store = new ObjectStore({ ...bucket, region: 'us-east-1' });
    const record: CorpusRecord = {
      digest: corpus,
      file: 'pairs.tsv',
      bytes: Buffer.byteLength(examplePairs),
      pairs: examplePairs.trimEnd().split('\n').length,
      sourceLanguage: 'ja',
      targetLanguage: 'en',
      name: 'example',
      licence: 'CC0',
    };
    await store.put(`${keys.corpusFolder(corpus)}/${record.file}`, examplePairs);
    await store.put(keys.corpus(corpus), toJson(CorpusRecord, record));
    const listener = (name: string) =>
      new QueueEvents(name, {
        connection: { url: redis.url, maxRetriesPerRequest: null },
        prefix: queuePrefix,
      });
    const events = { trials: listener('trials'), preprocess: listener('preprocess') };
    await Promise.all(Object.values(events).map((each) => each.waitUntilReady()));
    return new TestPlatform(folder, redis, bucket, store, events);
  }

  /** Kills the workers that still run, then stops the servers. */
  async close(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.kill()));
    await Promise.all(
      [...Object.values(this.events), this.trials, this.datasets, this.flows].map((each) => each.close()),
    );
    await Promise.all([this.redis.stop(), this.bucket.stop()]);
    await rm(this.folder, { recursive: true, force: true });
  }

  get environment(): Record<string, string> {
    return {
      HONYAKU_REDIS_URL: this.redis.url,
      HONYAKU_S3_ENDPOINT: this.bucket.endpoint,
      HONYAKU_S3_BUCKET: this.bucket.bucket,
      AWS_ACCESS_KEY_ID: this.bucket.accessKey,
      AWS_SECRET_ACCESS_KEY: this.bucket.secretKey,
    };
  }

  /** A worker with a cache of its own, once it serves. */
  async startWorker(name: string): Promise<WorkerProcess> {
    const worker = new WorkerProcess({
      ...this.environment,
      HONYAKU_WORKER_NAME: name,
      HONYAKU_CACHE_DIR: join(this.folder, name),
      // So that an epoch has some, however fast it trains.
      HONYAKU_CHECKPOINT_SECONDS: '0.1',
    });
    this.workers.push(worker);
    await worker.serving();
    return worker;
  }

  async preprocess(from = corpus): Promise<Job> {
    const payload = { corpus: from, settings };
    return this.datasets.add(preprocessJob.name, payload, {
      ...preprocessJob.options,
      failParentOnFailure: false,
      jobId: preprocessJob.id(payload),
    });
  }

  /** The flow of one epoch, without its advance. */
  async epoch(trialId: string, epoch: number): Promise<{ train: Job; evaluate: Job }> {
    const data = { sweepId: trialId.slice(0, -5), trialId, epoch, config };
    const common = { queueName: 'trials', prefix: queuePrefix, data };
    const { job, children } = await this.flows.add({
      ...common,
      name: evaluateJob.name,
      opts: { attempts: evaluateJob.options.attempts, jobId: evaluateJob.id(data) },
      children: [
        {
          ...common,
          name: trainEpochJob.name,
          opts: { ...trainEpochJob.options, jobId: trainEpochJob.id(data) },
        },
      ],
    });
    const train = children?.[0]?.job;
    if (!train) throw new Error('the flow has no train job');
    return { train, evaluate: job };
  }

  /** The train job once more, as another delivery of the same work. */
  trainAgain(trialId: string, epoch: number): Promise<Job> {
    const data = { sweepId: trialId.slice(0, -5), trialId, epoch, config };
    return this.trials.add(trainEpochJob.name, data, { jobId: `${trainEpochJob.id(data)}.again` });
  }

  /** What BullMQ keeps with the job of a dataset. */
  logsOf(job: Job): Promise<{ logs: string[] }> {
    return this.datasets.getJobLogs(job.id ?? '');
  }

  /** What the job gave. @throws an error with its failedReason */
  finished(job: Job): Promise<unknown> {
    const events = job.queueName === 'trials' ? this.events.trials : this.events.preprocess;
    return job.waitUntilFinished(events, waitMilliseconds);
  }

  /** The first progress of a train job from now on. */
  progressOf(job: Job): Promise<TrainProgress> {
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`no progress of ${job.id}`)), waitMilliseconds);
      const listen = ({ jobId, data }: { jobId: string; data: unknown }) => {
        if (jobId !== job.id) return;
        clearTimeout(late);
        this.events.trials.off('progress', listen);
        resolve(TrainProgress.parse(data));
      };
      this.events.trials.on('progress', listen);
    });
  }

  /** The object's text once it is there. */
  async appears(key: string): Promise<string> {
    const deadline = Date.now() + waitMilliseconds;
    while (Date.now() < deadline) {
      const text = await this.store.getText(key);
      if (text !== undefined) return text;
    }
    throw new Error(`${key} did not appear`);
  }

  async record(trialId: string, epoch: number): Promise<EpochRecord> {
    const key = keys.epochRecord(trialId, epoch);
    return fromJson(EpochRecord, (await this.store.getText(key)) ?? '', key);
  }

  async evaluation(trialId: string, epoch: number): Promise<EvaluationRecord> {
    const key = keys.evaluationRecord(trialId, epoch);
    return fromJson(EvaluationRecord, (await this.store.getText(key)) ?? '', key);
  }

  /** Lets an epoch count as good or as bad as the test needs it, however its training went. */
  async pretendPerplexity(trialId: string, epoch: number, ownPerplexity: number): Promise<void> {
    const record = { ...(await this.evaluation(trialId, epoch)), ownPerplexity };
    await this.store.put(keys.evaluationRecord(trialId, epoch), toJson(EvaluationRecord, record));
  }

  /** Names below the epoch's folder. */
  async filesOf(trialId: string, epoch: number): Promise<string[]> {
    const folder: Folder = `${keys.epochFolder(trialId, epoch)}/`;
    const names: string[] = [];
    for await (const { key } of this.store.list(folder)) names.push(key.slice(folder.length));
    return names;
  }
}

/** Redis and a bucket with a small corpus in it, workers, and the producer's side of the queues. */
import { createHash } from 'node:crypto';
import {
  CorpusRecord,
  DatasetSettings,
  datasetDigestOf,
  EpochRecord,
  EvaluationRecord,
  evaluateJob,
  fromJson,
  Hyperparameters,
  jobToAdd,
  preprocessJob,
  queuePrefix,
  toJson,
  TrainProgress,
  trainEpochJob,
  type TrainedConfig,
} from '@honyaku/contracts';
import { until } from '@honyaku/embedded';
import { type LocalStack, type Program } from '@honyaku/local-stack';
import { TestPlatform } from '@honyaku/local-stack/test-platform';
import { type Folder, keys } from '@honyaku/storage';
import { FlowProducer, type Job, Queue, QueueEvents } from 'bullmq';
import { tensorRuntime } from '@honyaku/contracts/examples';
import { examplePairs } from '@honyaku/data/examples';

const corpus = createHash('sha256').update(examplePairs).digest('hex');
const settings = DatasetSettings.parse({ vocabularySize: { source: 60, target: 48 } });
export const dataset = datasetDigestOf(corpus, settings);

/** Some 380 steps an epoch, of several milliseconds each: time to be interrupted in. */
export const config: TrainedConfig = {
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

const waitSeconds = 240;

export class WorkerPlatform extends TestPlatform {
  readonly datasetPayload = { corpus, settings };
  private readonly trials: Queue;
  private readonly datasets: Queue;
  private readonly flows: FlowProducer;
  private readonly events: Record<'trials' | 'preprocess', QueueEvents>;

  private constructor(stack: LocalStack) {
    super(stack);
    const options = { connection: { url: stack.redis.url }, prefix: queuePrefix };
    this.trials = new Queue('trials', options);
    this.datasets = new Queue('preprocess', options);
    this.flows = new FlowProducer(options);
    const listening = { ...options, connection: { ...options.connection, maxRetriesPerRequest: null } };
    this.events = {
      trials: new QueueEvents('trials', listening),
      preprocess: new QueueEvents('preprocess', listening),
    };
  }

  static async open(): Promise<WorkerPlatform> {
    const platform = new WorkerPlatform(await TestPlatform.startStack());
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
    await platform.objects.put(`${keys.corpusFolder(corpus)}/${record.file}`, examplePairs);
    await platform.objects.put(keys.corpus(corpus), toJson(CorpusRecord, record));
    await Promise.all(Object.values(platform.events).map((each) => each.waitUntilReady()));
    return platform;
  }

  override async close(): Promise<void> {
    await Promise.all(
      [...Object.values(this.events), this.trials, this.datasets, this.flows].map((each) => each.close()),
    );
    await super.close();
  }

  /** A worker that does not run yet. */
  worker(name: string, environment?: NodeJS.ProcessEnv): Promise<Program> {
    return this.stack.worker(name, environment);
  }

  /** A worker with a cache of its own, once it serves. */
  async startWorker(name: string): Promise<Program> {
    // So that an epoch has checkpoints, however fast it trains.
    return this.stack.startWorker(name, { HONYAKU_CHECKPOINT_SECONDS: '0.1' });
  }

  async preprocess(from = corpus): Promise<Job> {
    const { name, data, opts } = jobToAdd(preprocessJob, { corpus: from, settings });
    return this.datasets.add(name, data, opts);
  }

  /** The flow of one epoch, without its advance. */
  async epoch(trialId: string, epoch: number): Promise<{ train: Job; evaluate: Job }> {
    const data = { sweepId: trialId.slice(0, -5), trialId, epoch, config };
    const { job, children } = await this.flows.add({
      ...jobToAdd(evaluateJob, data),
      prefix: queuePrefix,
      children: [{ ...jobToAdd(trainEpochJob, data), prefix: queuePrefix }],
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
    return job.waitUntilFinished(events, waitSeconds * 1000);
  }

  /** The first progress of a train job from now on. */
  progressOf(job: Job): Promise<TrainProgress> {
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`no progress of ${job.id}`)), waitSeconds * 1000);
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
  appears(key: string): Promise<string> {
    const wait = { what: `object ${key}`, seconds: waitSeconds, everyMilliseconds: 1 };
    return until(wait, () => this.objects.getText(key));
  }

  async record(trialId: string, epoch: number): Promise<EpochRecord> {
    const key = keys.epochRecord(trialId, epoch);
    return fromJson(EpochRecord, (await this.objects.getText(key)) ?? '', key);
  }

  async evaluation(trialId: string, epoch: number): Promise<EvaluationRecord> {
    const key = keys.evaluationRecord(trialId, epoch);
    return fromJson(EvaluationRecord, (await this.objects.getText(key)) ?? '', key);
  }

  /** Lets an epoch count as good or as bad as the test needs it, however its training went. */
  async pretendPerplexity(trialId: string, epoch: number, ownPerplexity: number): Promise<void> {
    const record = { ...(await this.evaluation(trialId, epoch)), ownPerplexity };
    await this.objects.put(keys.evaluationRecord(trialId, epoch), toJson(EvaluationRecord, record));
  }

  /** Names below the epoch's folder. */
  async filesOf(trialId: string, epoch: number): Promise<string[]> {
    const folder: Folder = `${keys.epochFolder(trialId, epoch)}/`;
    const names: string[] = [];
    for await (const { key } of this.objects.list(folder)) names.push(key.slice(folder.length));
    return names;
  }
}

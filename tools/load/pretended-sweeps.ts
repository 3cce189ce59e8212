/**
 * Sweeps of many trials for little: the real API and a real Redis, with a bucket in memory and workers that only
 * pretend to train, as the simulation has them.
 */
import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { type SweepView, Unavailable } from '@honyaku/contracts';
import { ApiClient } from '@honyaku/cli';
import { type EmbeddedRedis, startRedis } from '@honyaku/embedded';
import { ObjectStore, type ObjectStoreOptions, keys } from '@honyaku/storage';
import { InMemoryBucket } from '../simulate/in-memory-bucket.ts';
import { PretendWorkers } from '../simulate/pretend-process.ts';
import { type Service, startApi } from '../processes/services.ts';

const about = { name: 'dogs', licence: 'CC0', sourceLanguage: 'ja', targetLanguage: 'en' };
const pairs = Array.from({ length: 20 }, (_, n) => `犬 ${n}\ta dog ${n}\n`).join('');
const digest = createHash('sha256').update(pairs).digest('hex');
/** As the pretending workers sign their requests; nobody checks it. */
const keysOfBucket = { bucket: 'pretended', accessKey: 'pretend', secretKey: 'pretend-secret' };
const waitSeconds = 300;
const copiesAtOnce = 16;

export class PretendedSweeps {
  private workers: PretendWorkers | undefined;

  private constructor(
    readonly redis: EmbeddedRedis,
    readonly api: Service,
    private readonly bucket: InMemoryBucket,
    private readonly connection: ObjectStoreOptions,
    readonly client: ApiClient,
  ) {}

  static async start(parent: string): Promise<PretendedSweeps> {
    const folder = join(parent, 'pretended');
    await mkdir(folder);
    const redis = await startRedis({ folder: join(folder, 'redis') });
    const bucket = new InMemoryBucket(keysOfBucket.bucket);
    const connection = { ...keysOfBucket, endpoint: await bucket.start(), region: 'us-east-1' };
    const api = await startApi({ folder, redisUrl: redis.url, bucket: connection });
    const client = new ApiClient({ url: api.url });
    await client.uploadCorpus(digest, about, Readable.from([pairs]));
    return new PretendedSweeps(redis, api, bucket, connection, client);
  }

  get apiUrl(): string {
    return this.api.url;
  }

  /** A sweep that has ended. @returns its id */
  async finished(size: { trials: number; epochs: number; workers: number }): Promise<string> {
    const { trials, epochs, workers } = size;
    this.startWorkers(workers, 0.05, 0.1);
    const { id } = await this.submit({ name: 'finished', trials, concurrency: workers, epochs });
    const { state, reason } = await this.when(id, ({ endedAt }) => endedAt !== undefined);
    if (state !== 'completed') throw new Unavailable(`${id} is ${state}: ${reason}`);
    this.workers?.stop();
    return id;
  }

  /** A sweep all of whose trials run and have a record, and go on running until the end. @returns its id */
  async running(trials: number): Promise<string> {
    this.startWorkers(trials, 4, 8);
    const { id } = await this.submit({ name: 'running', trials, concurrency: trials, epochs: 1_000 });
    await this.when(id, ({ epochsDone }) => epochsDone >= 2 * trials);
    return id;
  }

  /** Copies all of a sweep to another bucket. */
  async copyTo(store: ObjectStore, sweepId: string): Promise<void> {
    const mine = new ObjectStore(this.connection);
    const listed: string[] = [];
    for await (const { key } of mine.list(`${keys.sweepFolder(sweepId)}/`)) listed.push(key);
    const copySome = async () => {
      for (let key = listed.pop(); key !== undefined; key = listed.pop())
        await store.put(key, (await mine.getText(key)) ?? '');
    };
    await Promise.all(Array.from({ length: copiesAtOnce }, copySome));
  }

  async stop(): Promise<void> {
    this.workers?.stop();
    await this.api.program.kill();
    this.bucket.stop();
    await this.redis.stop();
  }

  private startWorkers(workers: number, shortestSeconds: number, longestSeconds: number): void {
    const { endpoint, bucket } = this.connection;
    const redisUrl = this.redis.url;
    this.workers = new PretendWorkers({
      redisUrl,
      endpoint,
      bucket,
      workers,
      shortestSeconds,
      longestSeconds,
    });
  }

  private submit(settings: object): Promise<SweepView> {
    const learningRate = { type: 'float', low: 0.0001, high: 0.01, log: true };
    // JSON is YAML.
    return this.client.submit(
      JSON.stringify({ corpus: { digest }, parameters: { learningRate }, ...settings }),
    );
  }

  private async when(id: string, isSo: (sweep: SweepView) => boolean): Promise<SweepView> {
    for (const deadline = Date.now() + waitSeconds * 1000; Date.now() < deadline; await delay(250)) {
      const sweep = await this.client.sweep(id);
      if (isSo(sweep)) return sweep;
    }
    throw new Unavailable(`the pretended sweep ${id} was not ready within ${waitSeconds} s`);
  }
}

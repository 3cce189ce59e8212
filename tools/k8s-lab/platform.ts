/** honyaku beside the cluster: real Redis, real bucket, the real API; the workers are the cluster's. */
import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { ApiClient } from '@honyaku/cli';
import { type SweepView } from '@honyaku/contracts';
import { examplePairs } from '@honyaku/data/examples';
import {
  type EmbeddedObjectStore,
  type EmbeddedRedis,
  startObjectStore,
  startRedis,
} from '@honyaku/embedded';
import { ObjectStore } from '@honyaku/storage';
import { type z } from 'zod';
import { type ReportProgress } from '../processes/until.ts';
import { WorkWatch } from '../faults/work-watch.ts';
import { type Program } from '../processes/program.ts';
import { type Surroundings, environmentOf, startApi, startWorker } from '../processes/services.ts';
import { sweep } from './sweep.ts';

const region = 'us-east-1';

export class Platform {
  private constructor(
    private readonly surroundings: Surroundings,
    private readonly redis: EmbeddedRedis,
    private readonly bucket: EmbeddedObjectStore,
    readonly objects: ObjectStore,
    readonly work: WorkWatch,
    readonly api: Program,
    readonly client: ApiClient,
    readonly token: string,
  ) {}

  static async start(folder: string): Promise<Platform> {
    await mkdir(folder, { recursive: true });
    const [redis, bucket] = await Promise.all([
      startRedis({ folder: join(folder, 'redis') }),
      startObjectStore({ folder: join(folder, 's3') }),
    ]);
    const environment = { HONYAKU_CHECKPOINT_SECONDS: '1', HONYAKU_LOG_LEVEL: 'info' };
    const surroundings = { folder, redisUrl: redis.url, bucket, environment };
    const objects = new ObjectStore({ ...bucket, region });
    const work = await WorkWatch.start(redis.url);
    const token = randomBytes(24).toString('hex');
    const { program, url } = await startApi(surroundings, { environment: { HONYAKU_API_TOKEN: token } });
    const client = new ApiClient({ url, token });
    const platform = new Platform(surroundings, redis, bucket, objects, work, program, client, token);
    await platform.uploadCorpus();
    return platform;
  }

  /** Takes logs. */
  get folder(): string {
    return this.surroundings.folder;
  }

  /** Environment of whoever uses Redis and the bucket. */
  get connections(): Readonly<Record<string, string>> {
    return environmentOf(this.surroundings);
  }

  get url(): string {
    return this.client.address.url;
  }

  call<Schema extends z.ZodType>(schema: Schema, path: string): Promise<z.output<Schema>> {
    return this.client.call(schema, path);
  }

  submit(): Promise<SweepView> {
    return this.client.submit(JSON.stringify(sweep));
  }

  /** Undefined while the sweep goes on; an epoch is progress. */
  async ended(id: string, progress: ReportProgress): Promise<SweepView | undefined> {
    const view = await this.client.sweep(id);
    progress(view.epochsDone);
    return view.endedAt === undefined ? undefined : view;
  }

  /** A worker that no cluster knows of. */
  async addWorker(name: string): Promise<Program> {
    const { program } = await startWorker(this.surroundings, name);
    return program;
  }

  async stop(): Promise<void> {
    await this.api.kill();
    await this.work.stop();
    await Promise.all([this.redis.stop(), this.bucket.stop()]);
  }

  private async uploadCorpus(): Promise<void> {
    const about = { name: 'example', licence: 'CC0', sourceLanguage: 'ja', targetLanguage: 'en' };
    await this.client.uploadCorpus(sweep.corpus.digest, about, Readable.from([examplePairs]));
  }
}

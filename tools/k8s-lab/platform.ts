/** honyaku beside the cluster: real Redis, real bucket, the real API; the workers are the cluster's. */
import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { ApiClient } from '@honyaku/cli';
import { type SweepView, paths } from '@honyaku/contracts';
import { examplePairs } from '@honyaku/data/examples';
import {
  type EmbeddedObjectStore,
  type EmbeddedRedis,
  startObjectStore,
  startRedis,
} from '@honyaku/embedded';
import { ObjectStore } from '@honyaku/storage';
import { type z } from 'zod';
import { WorkWatch } from '../faults/work-watch.ts';
import { freePort } from '../processes/free-port.ts';
import { Program } from '../processes/program.ts';
import { sweep } from './sweep.ts';

const region = 'us-east-1';

export class Platform {
  private constructor(
    readonly folder: string,
    private readonly redis: EmbeddedRedis,
    private readonly bucket: EmbeddedObjectStore,
    readonly objects: ObjectStore,
    readonly work: WorkWatch,
    readonly api: Program,
    readonly client: ApiClient,
    readonly token: string,
    /** Environment of whoever uses Redis and the bucket. */
    readonly connections: Readonly<Record<string, string>>,
  ) {}

  static async start(folder: string): Promise<Platform> {
    await mkdir(folder, { recursive: true });
    const [redis, bucket, port] = await Promise.all([
      startRedis({ folder: join(folder, 'redis') }),
      startObjectStore({ folder: join(folder, 's3') }),
      freePort(),
    ]);
    const connections = {
      HONYAKU_REDIS_URL: redis.url,
      HONYAKU_S3_ENDPOINT: bucket.endpoint,
      HONYAKU_S3_BUCKET: bucket.bucket,
      AWS_ACCESS_KEY_ID: bucket.accessKey,
      AWS_SECRET_ACCESS_KEY: bucket.secretKey,
      HONYAKU_CHECKPOINT_SECONDS: '1',
      TF_CPP_MIN_LOG_LEVEL: '2',
    };
    const token = randomBytes(24).toString('hex');
    const url = `http://127.0.0.1:${port}`;
    const api = new Program({
      name: 'api',
      script: 'apps/api/src/main.ts',
      environment: { ...connections, HONYAKU_API_PORT: String(port), HONYAKU_API_TOKEN: token },
      logFile: join(folder, 'api.log'),
      readyUrl: `${url}${paths.ready}`,
    });
    const objects = new ObjectStore({ ...bucket, region });
    const work = await WorkWatch.start(redis.url);
    const client = new ApiClient({ url, token });
    const platform = new Platform(folder, redis, bucket, objects, work, api, client, token, connections);
    await api.start();
    await platform.uploadCorpus();
    return platform;
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

  /** Undefined while the sweep goes on. */
  async ended(id: string): Promise<SweepView | undefined> {
    const view = await this.client.sweep(id);
    return view.endedAt === undefined ? undefined : view;
  }

  /** A worker that no cluster knows of. */
  async addWorker(name: string): Promise<Program> {
    const port = await freePort();
    const folder = join(this.folder, name);
    await mkdir(folder, { recursive: true });
    const program = new Program({
      name,
      script: 'apps/worker/src/main.ts',
      environment: {
        ...this.connections,
        HONYAKU_WORKER_NAME: name,
        HONYAKU_WORKER_PORT: String(port),
        HONYAKU_CACHE_DIR: join(folder, 'cache'),
      },
      logFile: join(folder, 'worker.log'),
      readyUrl: `http://127.0.0.1:${port}${paths.ready}`,
    });
    await program.start();
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

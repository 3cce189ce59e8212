/** Real Redis, real S3 server behind a proxy, real API, real workers; only the network that they train is small. */
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { CorpusRecord, SweepView, Unavailable, fromJson, messageOf, paths } from '@honyaku/contracts';
import {
  type EmbeddedObjectStore,
  type EmbeddedRedis,
  startObjectStore,
  startRedis,
} from '@honyaku/embedded';
import { ObjectStore } from '@honyaku/storage';
import { type z } from 'zod';
import { examplePairs } from '@honyaku/data/examples';
import { freePort } from '../processes/free-port.ts';
import { Program } from '../processes/program.ts';
import { sweep } from './sweep.ts';
import { UnreliableProxy } from './unreliable-proxy.ts';
import { WorkWatch } from './work-watch.ts';

const endSeconds = 240;
const answerSeconds = 60;

export class Cluster {
  readonly workers: Program[] = [];
  private readonly apis: Program[] = [];
  private apiUrl = '';

  private constructor(
    readonly folder: string,
    public redis: EmbeddedRedis,
    public bucket: EmbeddedObjectStore,
    readonly proxy: UnreliableProxy,
    private readonly endpoint: string,
    /** Past the proxy: what checks are made with is not disturbed. */
    public objects: ObjectStore,
    readonly work: WorkWatch,
  ) {}

  static async start(): Promise<Cluster> {
    const folder = await mkdtemp(join(tmpdir(), 'honyaku-faults-'));
    const [redis, bucket] = await Promise.all([
      startRedis({ folder: join(folder, 'redis') }),
      startObjectStore({ folder: join(folder, 's3') }),
    ]);
    const proxy = new UnreliableProxy();
    const endpoint = await proxy.start(bucket.endpoint);
    const work = await WorkWatch.start(redis.url);
    const cluster = new Cluster(folder, redis, bucket, proxy, endpoint, undisturbed(bucket), work);
    const first = await cluster.addApi();
    cluster.apiUrl = first.url;
    await Promise.all([first.program.start(), cluster.addWorker(), cluster.addWorker()]);
    await cluster.uploadCorpus();
    return cluster;
  }

  async stop(): Promise<void> {
    await Promise.all([...this.workers, ...this.apis].map((program) => program.kill()));
    await this.work.stop();
    this.proxy.stop();
    await Promise.all([this.redis.stop(), this.bucket.stop()]);
    await rm(this.folder, { recursive: true, force: true });
  }

  /** The API that clients ask. */
  get api(): Program {
    const [first] = this.apis;
    if (!first) throw new Unavailable('no API was started');
    return first;
  }

  /** One that is not asked by clients, only takes control jobs; not started yet. */
  async addApi(): Promise<{ program: Program; url: string }> {
    const port = await freePort();
    const name = `api-${this.apis.length + 1}`;
    const url = `http://127.0.0.1:${port}`;
    const program = this.program(name, 'apps/api/src/main.ts', `${url}${paths.ready}`, {
      HONYAKU_API_PORT: String(port),
    });
    this.apis.push(program);
    return { program, url };
  }

  /** @param cacheFolder of its own when left out */
  async addWorker(cacheFolder?: string): Promise<Program> {
    const port = await freePort();
    const name = `worker-${this.workers.length + 1}`;
    const url = `http://127.0.0.1:${port}${paths.ready}`;
    const program = this.program(name, 'apps/worker/src/main.ts', url, {
      HONYAKU_WORKER_NAME: name,
      HONYAKU_WORKER_PORT: String(port),
      HONYAKU_CACHE_DIR: cacheFolder ?? join(this.folder, name),
      HONYAKU_CHECKPOINT_SECONDS: '1',
    });
    this.workers.push(program);
    await program.start();
    return program;
  }

  async removeWorker(program: Program): Promise<void> {
    this.workers.splice(this.workers.indexOf(program), 1);
    await program.kill();
  }

  async removeApi(program: Program): Promise<void> {
    this.apis.splice(this.apis.indexOf(program), 1);
    await program.kill();
  }

  /** What does not run any more. */
  get fallen(): Program[] {
    return [...this.workers, ...this.apis].filter(({ runs }) => !runs);
  }

  /** Copies what the programs have logged to where it stays. @returns the folder */
  async saveLogs(name: string): Promise<string> {
    const place = join(tmpdir(), 'honyaku-faults-logs', name.replaceAll(/[^\w]+/g, '-'));
    const isLog = (path: string) => path === this.folder || path.endsWith('.log');
    await cp(this.folder, place, { recursive: true, filter: isLog });
    return place;
  }

  /** SIGKILL, then the same data at the same port. */
  async restartRedis(whileDown?: () => Promise<void>): Promise<void> {
    process.kill(this.redis.pid, 'SIGKILL');
    await this.redis.stop();
    await whileDown?.();
    this.redis = await startRedis({ folder: join(this.folder, 'redis'), port: this.redis.port });
  }

  /** SIGKILL, then the same data behind the same proxy. */
  async restartBucket(): Promise<void> {
    process.kill(this.bucket.pid, 'SIGKILL');
    await this.bucket.stop();
    this.bucket = await startObjectStore({ folder: join(this.folder, 's3') });
    this.objects = undisturbed(this.bucket);
    this.proxy.retarget(this.bucket.endpoint);
  }

  /** @param url of the API, when it is not the one that clients ask */
  submit(settings: object = {}, url?: string): Promise<SweepView> {
    const request = {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...sweep, ...settings }),
    };
    return this.call(SweepView, paths.sweeps, request, url);
  }

  /** The sweep once it has ended. @throws Unavailable when it does not in time */
  async ended(id: string): Promise<SweepView> {
    const deadline = Date.now() + endSeconds * 1000;
    for (;;) {
      const view = await this.call(SweepView, paths.sweep(id));
      if (view.endedAt !== undefined) return view;
      if (Date.now() > deadline) {
        const { state, epochsDone } = view;
        throw new Unavailable(
          `${id} did not end within ${endSeconds} s: ${state}, ${epochsDone} epochs done`,
        );
      }
      await delay(100);
    }
  }

  /** Asks the API until it answers with success. @throws Unavailable when it does not in time */
  async call<Schema extends z.ZodType>(
    schema: Schema,
    path: string,
    request: RequestInit = {},
    url = this.apiUrl,
  ): Promise<z.output<Schema>> {
    const deadline = Date.now() + answerSeconds * 1000;
    for (;;) {
      try {
        const signal = AbortSignal.timeout(5_000);
        const answer = await fetch(`${url}${path}`, { ...request, signal });
        const text = await answer.text();
        if (!answer.ok) throw new Unavailable(`${answer.status}: ${text}`);
        return fromJson(schema, text, path);
      } catch (cause) {
        if (Date.now() > deadline)
          throw new Unavailable(`${path} was not answered within ${answerSeconds} s: ${messageOf(cause)}`, {
            cause,
          });
        await delay(100);
      }
    }
  }

  private program(
    name: string,
    script: string,
    readyUrl: string,
    environment: Readonly<Record<string, string>>,
  ): Program {
    return new Program({
      name,
      script,
      readyUrl,
      logFile: join(this.folder, `${name}.log`),
      environment: {
        HONYAKU_REDIS_URL: this.redis.url,
        HONYAKU_S3_ENDPOINT: this.endpoint,
        HONYAKU_S3_BUCKET: this.bucket.bucket,
        AWS_ACCESS_KEY_ID: this.bucket.accessKey,
        AWS_SECRET_ACCESS_KEY: this.bucket.secretKey,
        TF_CPP_MIN_LOG_LEVEL: '2',
        ...environment,
      },
    });
  }

  private async uploadCorpus(): Promise<void> {
    const about = new URLSearchParams({
      name: 'example',
      licence: 'CC0',
      sourceLanguage: 'ja',
      targetLanguage: 'en',
    });
    await this.call(CorpusRecord, `${paths.corpus(sweep.corpus.digest)}?${about}`, {
      method: 'PUT',
      headers: { 'content-type': 'text/tab-separated-values' },
      body: examplePairs,
    });
  }
}

function undisturbed(bucket: EmbeddedObjectStore): ObjectStore {
  return new ObjectStore({ ...bucket, region: 'us-east-1' });
}

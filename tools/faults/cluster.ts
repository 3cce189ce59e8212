/** Real Redis, real S3 server behind a proxy, real API, real workers; only the network that they train is small. */
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { ApiClient, type RequestSettings, jsonBody } from '@honyaku/cli';
import { ReindexState, SweepView, Unavailable, paths } from '@honyaku/contracts';
import {
  type EmbeddedObjectStore,
  type EmbeddedRedis,
  startObjectStore,
  startRedis,
} from '@honyaku/embedded';
import { UnreliableProxy } from '@honyaku/embedded/unreliable-proxy';
import { ObjectStore } from '@honyaku/storage';
import { type z } from 'zod';
import { examplePairs } from '@honyaku/data/examples';
import { type Program } from '../processes/program.ts';
import { type Service, type Surroundings, apiService, workerService } from '../processes/services.ts';
import { until } from '../processes/until.ts';
import { RandomTroubles } from './random-troubles.ts';
import { sweep } from './sweep.ts';
import { WorkWatch } from './work-watch.ts';

/** Between two epochs of a sweep, or two sweeps of a reindex. */
const endSeconds = 240;
const answerSeconds = 240;
const requestSeconds = 20;
const everyMilliseconds = 100;

export class Cluster {
  readonly workers: Program[] = [];
  private readonly apis: Program[];
  private readonly client: ApiClient;
  private workersAdded = 0;

  private constructor(
    private readonly surroundings: Surroundings,
    public redis: EmbeddedRedis,
    public bucket: EmbeddedObjectStore,
    readonly proxy: UnreliableProxy,
    readonly troubles: RandomTroubles,
    /** Past the proxy: what checks are made with is not disturbed. */
    public objects: ObjectStore,
    readonly work: WorkWatch,
    api: Service,
  ) {
    this.apis = [api.program];
    this.client = new ApiClient({ url: api.url });
  }

  static async start(): Promise<Cluster> {
    const folder = await mkdtemp(join(tmpdir(), 'honyaku-faults-'));
    const [redis, bucket] = await Promise.all([
      startRedis({ folder: join(folder, 'redis') }),
      startObjectStore({ folder: join(folder, 's3') }),
    ]);
    const troubles = new RandomTroubles();
    const proxy = new UnreliableProxy(() => troubles.next());
    const endpoint = await proxy.start(bucket.endpoint);
    const work = await WorkWatch.start(redis.url);
    const surroundings = {
      folder,
      redisUrl: redis.url,
      bucket: { ...bucket, endpoint },
      environment: { HONYAKU_CHECKPOINT_SECONDS: '1', HONYAKU_LOG_LEVEL: 'info' },
    };
    const api = await apiService(surroundings, { name: 'api-1' });
    const cluster = new Cluster(surroundings, redis, bucket, proxy, troubles, undisturbed(bucket), work, api);
    await Promise.all([api.program.start(), cluster.addWorker(), cluster.addWorker()]);
    await cluster.uploadCorpus();
    return cluster;
  }

  /** Takes logs and caches. */
  get folder(): string {
    return this.surroundings.folder;
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
  async addApi(): Promise<Service> {
    const api = await apiService(this.surroundings, { name: `api-${this.apis.length + 1}` });
    this.apis.push(api.program);
    return api;
  }

  /** @param cacheFolder of its own when left out */
  async addWorker(cacheFolder?: string): Promise<Program> {
    const name = `worker-${(this.workersAdded += 1)}`;
    const { program } = await workerService(this.surroundings, name, cacheFolder);
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
    await this.redis.kill();
    await whileDown?.();
    this.redis = await startRedis({ folder: join(this.folder, 'redis'), port: this.redis.port });
  }

  /** SIGKILL, then the same data behind the same proxy. */
  async restartBucket(): Promise<void> {
    await this.bucket.kill();
    this.bucket = await startObjectStore({ folder: join(this.folder, 's3') });
    this.objects = undisturbed(this.bucket);
    this.proxy.retarget(this.bucket.endpoint);
  }

  /** @param client of the API, when it is not the one that is asked otherwise */
  submit(settings: object = {}, client?: ApiClient): Promise<SweepView> {
    return this.call(SweepView, paths.sweeps, jsonBody(JSON.stringify({ ...sweep, ...settings })), client);
  }

  /** The sweep once it has ended. @throws Unavailable when it no longer gets anywhere */
  ended(id: string): Promise<SweepView> {
    return until({ what: `end of ${id}`, seconds: endSeconds, everyMilliseconds }, async (progress) => {
      const view = await this.client.sweep(id);
      progress(view.epochsDone);
      if (view.endedAt === undefined)
        throw new Unavailable(`it is ${view.state}, ${view.epochsDone} epochs are done`);
      return view;
    });
  }

  /** Has the API read all sweeps from the bucket again, to the end. @throws Unavailable when it does not come to one */
  async reindex(): Promise<void> {
    await this.call(ReindexState, paths.reindex, { method: 'POST' });
    await until({ what: 'end of the reindex', seconds: endSeconds, everyMilliseconds }, async (progress) => {
      const { state, seen } = await this.call(ReindexState, paths.reindex);
      progress(seen);
      return state === 'done' ? true : undefined;
    });
  }

  /** Asks the API until it answers with success. @throws Unavailable when it does not in time */
  call<Schema extends z.ZodType>(
    schema: Schema,
    path: string,
    request: RequestSettings = {},
    client = this.client,
  ): Promise<z.output<Schema>> {
    return until({ what: `answer to ${path}`, seconds: answerSeconds, everyMilliseconds }, () =>
      client.call(schema, path, { seconds: requestSeconds, ...request }),
    );
  }

  private async uploadCorpus(): Promise<void> {
    const about = { name: 'example', licence: 'CC0', sourceLanguage: 'ja', targetLanguage: 'en' };
    await this.client.uploadCorpus(sweep.corpus.digest, about, Readable.from([examplePairs]));
  }
}

function undisturbed(bucket: EmbeddedObjectStore): ObjectStore {
  return new ObjectStore({ ...bucket, region: 'us-east-1' });
}

/**
 * The platform's parts on this machine: a real Redis, a real S3 server, and the API and workers as processes. `up`,
 * the demo and every laboratory start them here.
 *
 * A folder holds all of it: `redis`, `objects`, `logs/<program>.log` and `cache/<worker>`.
 */
import { join, resolve } from 'node:path';
import { Bug, usableFolder } from '@honyaku/contracts';
import {
  type EmbeddedObjectStore,
  type EmbeddedRedis,
  freePort,
  startObjectStore,
  startRedis,
} from '@honyaku/embedded';
import { Program } from './program.ts';
import { Supervision, type SupervisionEvents } from './supervision.ts';

/** By what a client reaches a bucket. */
export interface BucketAddress {
  readonly endpoint: string;
  readonly bucket: string;
  readonly accessKey: string;
  readonly secretKey: string;
}

export interface StackOptions {
  /** Takes data, logs and caches. */
  readonly folder: string;
  /** For every program, beside its connections; what is undefined is taken out. */
  readonly environment?: NodeJS.ProcessEnv;
  /** One that is there already, and is not stopped with the rest. */
  readonly bucket?: BucketAddress;
  /** Puts something between the programs and the bucket. @returns the address at which they reach it */
  readonly proxyOf?: (endpoint: string) => Promise<string>;
  /** Called when Redis or the object store is ready, also when it was started again. */
  readonly onReady?: (name: string) => void;
  /** Gives up the start. */
  readonly interrupted?: AbortSignal;
}

export interface ProgramOptions {
  readonly name?: string;
  /** In place of the program's own, from the repository's root. */
  readonly script?: string;
  /** A free one when left out. */
  readonly port?: number;
  readonly environment?: NodeJS.ProcessEnv;
}

/** By what a program reaches Redis and the bucket. */
export function connectionsOf(redisUrl: string, bucket: BucketAddress): Record<string, string> {
  return {
    HONYAKU_REDIS_URL: redisUrl,
    HONYAKU_S3_ENDPOINT: bucket.endpoint,
    HONYAKU_S3_BUCKET: bucket.bucket,
    AWS_ACCESS_KEY_ID: bucket.accessKey,
    AWS_SECRET_ACCESS_KEY: bucket.secretKey,
  };
}

export class LocalStack {
  private readonly programs: Program[] = [];
  private supervisions: readonly Supervision[] = [];

  private constructor(
    private readonly options: StackOptions,
    private server: EmbeddedRedis,
    private store: EmbeddedObjectStore | undefined,
    /** As programs reach it. */
    readonly bucket: BucketAddress,
  ) {}

  /**
   * Starts Redis, and an object store unless a bucket is given. Nothing runs after a throw.
   * @throws InvalidInput when the folder cannot be used; Unavailable naming what did not start; Conflict when the folder is in use;
   *   Cancelled when `interrupted`
   */
  static async start(options: StackOptions): Promise<LocalStack> {
    const folder = resolve(options.folder);
    const { bucket: given, proxyOf, onReady, interrupted } = options;
    await usableFolder(join(folder, 'logs'), 'the folder');
    const ready = <Server>(name: string, start: Promise<Server>): Promise<Server> => {
      return start.then((server) => {
        onReady?.(name);
        return server;
      });
    };
    const starting = [
      ready('Redis', startRedis({ folder: join(folder, 'redis'), interrupted })),
      given
        ? undefined
        : ready('object store', startObjectStore({ folder: join(folder, 'objects'), interrupted })),
    ] as const;
    try {
      const [redis, store] = await Promise.all(starting);
      const bucket = given ?? addressOf(store);
      const endpoint = proxyOf ? await proxyOf(bucket.endpoint) : bucket.endpoint;
      return new LocalStack({ ...options, folder }, redis, store, { ...bucket, endpoint });
    } catch (error) {
      for (const outcome of await Promise.allSettled(starting))
        if (outcome.status === 'fulfilled') await outcome.value?.stop();
      throw error;
    }
  }

  get folder(): string {
    return this.options.folder;
  }

  get redis(): EmbeddedRedis {
    return this.server;
  }

  /** The object store itself, past a proxy. @throws Bug where a bucket was given */
  get objects(): EmbeddedObjectStore {
    if (!this.store) throw new Bug('the bucket of this stack is somebody else’s');
    return this.store;
  }

  /** Environment of any of the platform's programs. */
  get environment(): NodeJS.ProcessEnv {
    return {
      ...connectionsOf(this.redis.url, this.bucket),
      HONYAKU_HOST: '127.0.0.1',
      HONYAKU_LOG_LEVEL: 'warn',
      TF_CPP_MIN_LOG_LEVEL: '2',
      ...this.options.environment,
    };
  }

  logFileOf(program: string): string {
    return join(this.folder, 'logs', `${program}.log`);
  }

  /** An API that does not run yet. */
  api({ name = 'api', script = 'apps/api/src/main.ts', ...rest }: ProgramOptions = {}): Promise<Program> {
    return this.program(name, script, 'HONYAKU_API_PORT', rest);
  }

  async startApi(options?: ProgramOptions): Promise<Program> {
    const api = await this.api(options);
    await api.start();
    return api;
  }

  /** A worker that does not run yet, with a cache of its own unless its environment names another. */
  worker(name: string, environment: NodeJS.ProcessEnv = {}): Promise<Program> {
    return this.program(name, 'apps/worker/src/main.ts', 'HONYAKU_WORKER_PORT', {
      environment: {
        HONYAKU_WORKER_NAME: name,
        HONYAKU_CACHE_DIR: join(this.folder, 'cache', name),
        ...environment,
      },
    });
  }

  async startWorker(name: string, environment?: NodeJS.ProcessEnv): Promise<Program> {
    const worker = await this.worker(name, environment);
    await worker.start();
    return worker;
  }

  /** From now on Redis and the object store are started again when they die, with their data and at their ports. */
  superviseServers(events: SupervisionEvents): void {
    const { onReady } = this.options;
    const redis = new Supervision(
      'Redis',
      async (interrupted) => {
        await this.startRedis(interrupted);
        onReady?.('Redis');
        return this.server;
      },
      events,
    );
    const objects = new Supervision(
      'object store',
      async (interrupted) => {
        await this.startObjects(this.objects.ports, interrupted);
        onReady?.('object store');
        return this.objects;
      },
      events,
    );
    const now = performance.now();
    redis.begin(this.server, now);
    if (this.store) objects.begin(this.store, now);
    this.supervisions = [redis, objects];
  }

  /** SIGKILL; resolves when it is gone. */
  killRedis(): Promise<void> {
    return this.server.kill();
  }

  /** The same data at the same port, after a kill. */
  async startRedis(interrupted?: AbortSignal): Promise<void> {
    const { port } = this.server;
    this.server = await startRedis({ folder: join(this.folder, 'redis'), port, interrupted });
  }

  /** SIGKILL, then the same data at another port. */
  async restartObjects(): Promise<void> {
    await this.objects.kill();
    await this.startObjects();
  }

  /** Kills the programs that still run, then stops the servers. */
  async stop(): Promise<void> {
    await Promise.all(this.programs.map((program) => program.kill()));
    await Promise.all(this.supervisions.map((supervision) => supervision.stop()));
    await Promise.all([this.server.stop(), this.store?.stop()]);
  }

  private async startObjects(ports?: readonly number[], interrupted?: AbortSignal): Promise<void> {
    const folder = join(this.folder, 'objects');
    this.store = await startObjectStore({ folder, ...(ports ? { ports } : {}), interrupted });
  }

  private async program(
    name: string,
    script: string,
    portVariable: string,
    { port: wanted, environment }: Pick<ProgramOptions, 'port' | 'environment'>,
  ): Promise<Program> {
    const port = wanted ?? (await freePort());
    const program = new Program({
      name,
      script,
      port,
      logFile: this.logFileOf(name),
      environment: { ...this.environment, [portVariable]: String(port), ...environment },
    });
    this.programs.push(program);
    return program;
  }
}

function addressOf(store: EmbeddedObjectStore | undefined): BucketAddress {
  if (!store) throw new Bug('an object store was started');
  const { endpoint, bucket, accessKey, secretKey } = store;
  return { endpoint, bucket, accessKey, secretKey };
}

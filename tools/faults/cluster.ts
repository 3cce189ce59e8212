/** Real Redis, real S3 server behind a proxy, real API, real workers; only the network that they train is small. */
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ApiClient } from '@honyaku/client';
import { type SweepView, Unavailable, routes } from '@honyaku/contracts';
import { type EmbeddedObjectStore, type EmbeddedRedis, until } from '@honyaku/embedded';
import { UnreliableProxy, type Trouble } from '@honyaku/embedded/unreliable-proxy';
import { LocalStack, type Program, endOf, uploadPairs } from '@honyaku/local-stack';
import { ObjectStore } from '@honyaku/storage';
import { examplePairs } from '@honyaku/data/examples';
import { type RandomGenerator } from 'pure-rand/types/RandomGenerator';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
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
    private readonly stack: LocalStack,
    readonly proxy: UnreliableProxy,
    readonly troubles: RandomTroubles,
    /** Past the proxy: what checks are made with is not disturbed. */
    public objects: ObjectStore,
    readonly work: WorkWatch,
    api: Program,
  ) {
    this.apis = [api];
    this.client = clientOf(api.url);
  }

  static async start(): Promise<Cluster> {
    const troubles = new RandomTroubles();
    const proxy = new UnreliableProxy(() => troubles.next());
    const stack = await LocalStack.start({
      folder: await mkdtemp(join(tmpdir(), 'honyaku-faults-')),
      environment: { HONYAKU_CHECKPOINT_SECONDS: '1', HONYAKU_LOG_LEVEL: 'info' },
      proxyOf: (endpoint) => proxy.start(endpoint),
    });
    const work = await WorkWatch.start(stack.redis.url);
    const api = await stack.api({ name: 'api-1' });
    const cluster = new Cluster(stack, proxy, troubles, undisturbed(stack.objects), work, api);
    await Promise.all([api.start(), cluster.addWorker(), cluster.addWorker()]);
    await uploadPairs(cluster.client, examplePairs);
    return cluster;
  }

  /** Takes logs and caches. */
  get folder(): string {
    return this.stack.folder;
  }

  get redis(): EmbeddedRedis {
    return this.stack.redis;
  }

  async stop(): Promise<void> {
    await this.work.stop();
    await this.stack.stop();
    this.proxy.stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** The API that clients ask. */
  get api(): Program {
    const [first] = this.apis;
    if (!first) throw new Unavailable('no API was started');
    return first;
  }

  /** One that is not asked by clients, only takes control jobs; not started yet. */
  async addApi(): Promise<Program> {
    const api = await this.stack.api({ name: `api-${this.apis.length + 1}` });
    this.apis.push(api);
    return api;
  }

  /** @param cacheFolder of its own when left out */
  async addWorker(cacheFolder?: string): Promise<Program> {
    const name = `worker-${(this.workersAdded += 1)}`;
    const cache = cacheFolder === undefined ? {} : { HONYAKU_CACHE_DIR: cacheFolder };
    const program = await this.stack.worker(name, cache);
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

  /** Programs that do not run any more. */
  get fallen(): Program[] {
    return [...this.workers, ...this.apis].filter(({ runs }) => !runs);
  }

  /** Copies what the programs have logged to where it stays. @returns the folder */
  async saveLogs(name: string): Promise<string> {
    const place = join(tmpdir(), 'honyaku-faults-logs', name.replaceAll(/[^\w]+/g, '-'));
    await cp(join(this.folder, 'logs'), place, { recursive: true });
    return place;
  }

  /** SIGKILL, then the same data at the same port. */
  async restartRedis(whileDown?: () => Promise<void>): Promise<void> {
    await this.stack.killRedis();
    await whileDown?.();
    await this.stack.startRedis();
  }

  /** SIGKILL, then the same data behind the same proxy. */
  async restartBucket(): Promise<void> {
    await this.stack.restartObjects();
    this.objects = undisturbed(this.stack.objects);
    this.proxy.retarget(this.stack.objects.endpoint);
  }

  /** @param client of the API, when it is not the one that is asked otherwise */
  submit(settings: object = {}, client?: ApiClient): Promise<SweepView> {
    return this.ask((api) => api.submit(JSON.stringify({ ...sweep, ...settings })), client);
  }

  /** The sweep once it has ended. @throws Unavailable when it no longer gets anywhere */
  ended(id: string): Promise<SweepView> {
    return endOf(this.client, id, { seconds: endSeconds, everyMilliseconds });
  }

  /** Has the API read all sweeps from the bucket again, to the end. @throws Unavailable when it does not come to one */
  async reindex(): Promise<void> {
    await this.ask((api) => api.call(routes.beginReindex, {}));
    await until({ what: 'end of the reindex', seconds: endSeconds, everyMilliseconds }, async (progress) => {
      const { state, seen } = await this.ask((api) => api.call(routes.reindexState, {}));
      progress(seen);
      return state === 'done' ? true : undefined;
    });
  }

  /** Asks the API until it answers with success. @throws Unavailable when it does not in time */
  ask<Answer>(request: (api: ApiClient) => Promise<Answer>, api = this.client): Promise<Answer> {
    return until({ what: 'answer of the API', seconds: answerSeconds, everyMilliseconds }, () =>
      request(api),
    );
  }
}

/** An API that is frozen does not hold up a question for as long as a person would wait. */
export function clientOf(url: string): ApiClient {
  return new ApiClient({ url }, undefined, requestSeconds);
}

function undisturbed(bucket: EmbeddedObjectStore): ObjectStore {
  return new ObjectStore({ ...bucket, region: 'us-east-1' });
}

/** Probabilities for each request. */
interface Probabilities {
  readonly refuse: number;
  readonly cut: number;
  readonly hold: number;
}

const longestHoldMilliseconds = 400;

/** Requests to the object store disturbed at random: held up, refused or cut, before or after the store has done them. */
class RandomTroubles {
  /** Requests that were disturbed. */
  disturbed = 0;
  private under: { readonly probabilities: Probabilities; readonly random: RandomGenerator } | undefined;

  /** @param random decides which requests are disturbed, and how */
  begin(probabilities: Probabilities, random: RandomGenerator): void {
    this.under = { probabilities, random };
  }

  end(): void {
    this.under = undefined;
  }

  /** The trouble of the next request; resolves when it has been held up. */
  async next(): Promise<Trouble | undefined> {
    if (!this.under) return undefined;
    const { probabilities, random } = this.under;
    const { refuse, cut, hold } = probabilities;
    const share = () => uniformFloat64(random);
    const happens = (probability: number) => {
      const does = share() < probability;
      if (does) this.disturbed += 1;
      return does;
    };
    if (happens(hold)) await delay(share() * longestHoldMilliseconds);
    const instead = share() < 0.5 ? 500 : 503;
    if (happens(refuse / 2)) return { instead, done: false };
    if (happens(cut / 2)) return { instead: 'cut', done: false };
    if (happens(refuse / 2)) return { instead, done: true };
    return happens(cut / 2) ? 'halve' : undefined;
  }
}

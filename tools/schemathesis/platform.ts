/** A real API with a token, on a real Redis and a real bucket, with a sweep that a real worker has trained. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ApiClient, submitSweep } from '@honyaku/cli';
import { Unavailable } from '@honyaku/contracts';
import { startObjectStore, startRedis } from '@honyaku/embedded';
import { type Service, type Surroundings, startApi, startWorker } from '../processes/services.ts';
import { until } from '../processes/until.ts';

const token = 'a-token-for-the-check';
const sweepFile = fileURLToPath(new URL('sweep.yaml', import.meta.url));
const trainSeconds = 300;

/** What is there, for requests that find something. */
export interface Found {
  readonly corpus: string;
  /** One that has ended, and one that waits for its dataset. */
  readonly sweeps: readonly string[];
  readonly trials: readonly string[];
}

export class CheckedPlatform {
  private constructor(
    private readonly api: Service,
    readonly found: Found,
    private readonly servers: readonly { stop(): Promise<void> }[],
  ) {}

  /** @param folder takes data and logs */
  static async start(folder: string): Promise<CheckedPlatform> {
    const redis = await startRedis({ folder: join(folder, 'redis') });
    const bucket = await startObjectStore({ folder: join(folder, 'bucket') });
    const surroundings: Surroundings = {
      folder,
      redisUrl: redis.url,
      bucket,
      environment: { HONYAKU_API_TOKEN: token },
    };
    const api = await startApi(surroundings);
    const client = new ApiClient({ url: api.url, token });
    const trained = await trainedSweep(surroundings, client);
    // The first translation loads TensorFlow, which takes longer than an answer may.
    await client.translate(trained, { sentences: ['犬'] });
    const corpus = (await client.sweep(trained)).spec.corpus.digest;
    const waiting = await client.submit(JSON.stringify({ name: 'waiting', corpus: { digest: corpus } }));
    const trials = (await client.trials(trained)).map(({ id }) => id);
    return new CheckedPlatform(api, { corpus, sweeps: [trained, waiting.id], trials }, [redis, bucket]);
  }

  get url(): string {
    return this.api.url;
  }

  get authorization(): string {
    return `Bearer ${token}`;
  }

  /** What the API wrote: of requests that failed. */
  log(): string {
    return this.api.program.log();
  }

  get runs(): boolean {
    return this.api.program.runs;
  }

  async stop(): Promise<void> {
    await this.api.program.kill();
    await Promise.all(this.servers.map((server) => server.stop()));
  }
}

/** The worker is gone afterwards: what the checks submit is not trained. @returns the sweep's id */
async function trainedSweep(surroundings: Surroundings, client: ApiClient): Promise<string> {
  const worker = await startWorker(surroundings, 'worker');
  const { id } = await submitSweep(client, sweepFile, () => undefined);
  const ended = await until({ what: `end of ${id}`, seconds: trainSeconds }, async () => {
    const sweep = await client.sweep(id);
    return sweep.endedAt === undefined ? undefined : sweep;
  });
  if (ended.state !== 'completed') throw new Unavailable(`${id} is ${ended.state}: ${ended.reason}`);
  await worker.program.terminate();
  return id;
}

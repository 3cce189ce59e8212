/** A real platform to be measured: Redis, a bucket, the API, and two workers that train. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Unavailable } from '@honyaku/contracts';
import { ApiClient, submitSweep } from '@honyaku/cli';
import { type EmbeddedObjectStore, type EmbeddedRedis, startRedis } from '@honyaku/embedded';
import { type Program } from '../processes/program.ts';
import { type Service, type Surroundings, startApi, startWorker } from '../processes/services.ts';
import { until } from '../processes/until.ts';

const sweepFile = fileURLToPath(new URL('sweep.yaml', import.meta.url));
const workerNames = ['worker-1', 'worker-2'];
/** Until both workers are past their first epochs, in which code is compiled and caches are filled. */
const warmEpochs = 2;
const warmSeconds = 300;

export class Platform {
  private constructor(
    readonly redis: EmbeddedRedis,
    readonly bucket: EmbeddedObjectStore,
    readonly api: Service,
    private readonly services: readonly Service[],
    readonly client: ApiClient,
  ) {}

  /**
   * @param bucket is not stopped with the rest
   * @param profileFile where the API can be told to write a profile of itself
   */
  static async start(parent: string, bucket: EmbeddedObjectStore, profileFile: string): Promise<Platform> {
    const folder = join(parent, 'real');
    await mkdir(folder);
    const redis = await startRedis({ folder: join(folder, 'redis') });
    const surroundings: Surroundings = { folder, redisUrl: redis.url, bucket };
    const api = await startApi(surroundings, {
      script: 'tools/load/profiled-api.ts',
      environment: { HONYAKU_PROFILE: profileFile },
    });
    const services = await Promise.all(workerNames.map((name) => startWorker(surroundings, name)));
    return new Platform(redis, bucket, api, services, new ApiClient({ url: api.url }));
  }

  get workers(): readonly Program[] {
    return this.services.map(({ program }) => program);
  }

  /** Submits the sweep and waits until it is well under way. @returns its id */
  async underWay(): Promise<string> {
    const { id } = await submitSweep(this.client, sweepFile, () => undefined);
    const warm = await until({ what: `second epoch of ${id}`, seconds: warmSeconds }, async () => {
      const sweep = await this.client.sweep(id);
      return sweep.epochsDone >= warmEpochs || sweep.endedAt !== undefined ? sweep : undefined;
    });
    if (warm.epochsDone < warmEpochs) throw new Unavailable(`${id} is ${warm.state}: ${warm.reason}`);
    return id;
  }

  async stop(): Promise<void> {
    await Promise.all([...this.workers, this.api.program].map((program) => program.kill()));
    await this.redis.stop();
  }
}

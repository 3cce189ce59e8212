/** A real platform to be measured: Redis, a bucket, the API, and two workers that train. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Unavailable, routes } from '@honyaku/contracts';
import { submitSweep } from '@honyaku/cli';
import { ApiClient } from '@honyaku/client';
import { type EmbeddedObjectStore, type EmbeddedRedis, until } from '@honyaku/embedded';
import { LocalStack, type Program } from '@honyaku/local-stack';

const sweepFile = fileURLToPath(new URL('sweep.yaml', import.meta.url));
const workerNames = ['worker-1', 'worker-2'];
/** Until both workers are past their first epochs, in which code is compiled and caches are filled. */
const warmEpochs = 2;
const warmSeconds = 300;

export class LoadPlatform {
  private constructor(
    private readonly stack: LocalStack,
    readonly bucket: EmbeddedObjectStore,
    readonly api: Program,
    readonly workers: readonly Program[],
    readonly client: ApiClient,
  ) {}

  /**
   * @param bucket is not stopped with the rest
   * @param profileFile where the API writes a profile of itself, at a signal
   */
  static async start(
    parent: string,
    bucket: EmbeddedObjectStore,
    profileFile: string,
  ): Promise<LoadPlatform> {
    const stack = await LocalStack.start({ folder: join(parent, 'real'), bucket });
    const api = await stack.startApi({
      script: 'tools/load/profiled-api.ts',
      environment: { HONYAKU_PROFILE: profileFile },
    });
    const workers = await Promise.all(workerNames.map((name) => stack.startWorker(name)));
    return new LoadPlatform(stack, bucket, api, workers, new ApiClient({ url: api.url }));
  }

  get redis(): EmbeddedRedis {
    return this.stack.redis;
  }

  /** Submits the sweep and waits until it is well under way. @returns its id */
  async underWay(): Promise<string> {
    const { id } = await submitSweep(this.client, sweepFile, () => undefined);
    const warm = await until({ what: `second epoch of ${id}`, seconds: warmSeconds }, async () => {
      const sweep = await this.client.call(routes.sweep, { id });
      return sweep.epochsDone >= warmEpochs || sweep.endedAt !== undefined ? sweep : undefined;
    });
    if (warm.epochsDone < warmEpochs) throw new Unavailable(`${id} is ${warm.state}: ${warm.reason}`);
    return id;
  }

  stop(): Promise<void> {
    return this.stack.stop();
  }
}

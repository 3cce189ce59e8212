/**
 * Sweeps of many trials for little: the real API and a real Redis, with a bucket in memory and workers that only
 * pretend to train.
 */
import { type SweepView } from '@honyaku/contracts';
import { ApiClient } from '@honyaku/client';
import { type EmbeddedRedis } from '@honyaku/embedded';
import { LocalStack, type Program, pretendedPairs, uploadPairs } from '@honyaku/local-stack';
import { type ObjectStoreOptions } from '@honyaku/storage';
import { InMemoryBucket } from './in-memory-bucket.ts';
import { type PretendSettings, PretendWorkers } from './pretend-process.ts';

/** As the pretending workers sign their requests; nobody checks it. */
const keysOfBucket = { bucket: 'pretended', accessKey: 'pretend', secretKey: 'pretend-secret' };

/** How many workers pretend, and for how long an epoch. */
type Workers = Pick<PretendSettings, 'workers' | 'shortestSeconds' | 'longestSeconds'>;

export class PretendedPlatform {
  private constructor(
    private readonly stack: LocalStack,
    readonly api: Program,
    private readonly memory: InMemoryBucket,
    readonly bucket: ObjectStoreOptions,
    readonly client: ApiClient,
    private readonly corpus: string,
  ) {}

  /** @param folder is made, and takes data and logs */
  static async start(folder: string): Promise<PretendedPlatform> {
    const memory = new InMemoryBucket(keysOfBucket.bucket);
    const bucket = { ...keysOfBucket, endpoint: await memory.start(), region: 'us-east-1' };
    const stack = await LocalStack.start({ folder, bucket });
    const api = await stack.startApi();
    const client = new ApiClient({ url: api.url });
    const { digest } = await uploadPairs(client, pretendedPairs);
    return new PretendedPlatform(stack, api, memory, bucket, client, digest);
  }

  get redis(): EmbeddedRedis {
    return this.stack.redis;
  }

  startWorkers(workers: Workers): PretendWorkers {
    const { endpoint, bucket } = this.bucket;
    return new PretendWorkers({ redisUrl: this.redis.url, endpoint, bucket, ...workers });
  }

  /** @param settings of the sweep, beside its corpus */
  submit(settings: object): Promise<SweepView> {
    // JSON is YAML.
    return this.client.submit(JSON.stringify({ corpus: { digest: this.corpus }, ...settings }));
  }

  async stop(): Promise<void> {
    await this.stack.stop();
    this.memory.stop();
  }
}

/** honyaku beside the cluster: real Redis, real bucket, the real API; the workers are the cluster's. */
import { randomBytes } from 'node:crypto';
import { ApiClient } from '@honyaku/client';
import { type SweepView } from '@honyaku/contracts';
import { examplePairs } from '@honyaku/data/examples';
import { LocalStack, type Program, endOf, uploadPairs } from '@honyaku/local-stack';
import { ObjectStore } from '@honyaku/storage';
import { WorkWatch } from '../faults/work-watch.ts';
import { sweep as disturbed } from '../faults/sweep.ts';

const region = 'us-east-1';
/** Between two epochs. */
const endSeconds = 300;

export class ClusterPlatform {
  private constructor(
    private readonly stack: LocalStack,
    readonly objects: ObjectStore,
    readonly work: WorkWatch,
    readonly api: Program,
    readonly client: ApiClient,
    readonly token: string,
  ) {}

  static async start(folder: string): Promise<ClusterPlatform> {
    const environment = { HONYAKU_CHECKPOINT_SECONDS: '1', HONYAKU_LOG_LEVEL: 'info' };
    const stack = await LocalStack.start({ folder, environment });
    const objects = new ObjectStore({ ...stack.bucket, region });
    const work = await WorkWatch.start(stack.redis.url);
    const token = randomBytes(24).toString('hex');
    const api = await stack.startApi({ environment: { HONYAKU_API_TOKEN: token } });
    const client = new ApiClient({ url: api.url, token });
    await uploadPairs(client, examplePairs);
    return new ClusterPlatform(stack, objects, work, api, client, token);
  }

  /** Environment of whoever uses Redis and the bucket. */
  get connections(): NodeJS.ProcessEnv {
    return this.stack.environment;
  }

  /** Takes files. */
  get folder(): string {
    return this.stack.folder;
  }

  get url(): string {
    return this.client.address.url;
  }

  ask<Answer>(request: (api: ApiClient) => Promise<Answer>): Promise<Answer> {
    return request(this.client);
  }

  submit(): Promise<SweepView> {
    return this.client.submit(JSON.stringify(sweep));
  }

  /** The sweep once it has ended. @throws Unavailable when it no longer gets anywhere */
  ended(id: string): Promise<SweepView> {
    return endOf(this.client, id, { seconds: endSeconds, logFile: this.stack.logFileOf(this.api.name) });
  }

  /** A worker that no cluster knows of. */
  addWorker(name: string): Promise<Program> {
    return this.stack.startWorker(name);
  }

  async stop(): Promise<void> {
    await this.work.stop();
    await this.stack.stop();
  }
}

/** The network and corpus of the sweep that faults disturb, more trials of it, and more at once than there are GPUs. */
export const sweep = {
  ...disturbed,
  name: 'scaled',
  trials: 12,
  epochs: 3,
  concurrency: 6,
  retention: { best: 3 },
};

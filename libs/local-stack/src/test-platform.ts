/** Redis and a bucket for the tests of one file, in a temporary folder; API and workers come to it as a test needs them. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EmbeddedObjectStore, type EmbeddedRedis } from '@honyaku/embedded';
import { ObjectStore } from '@honyaku/storage';
import { LocalStack, connectionsOf } from './local-stack.ts';

export class TestPlatform {
  /** Client of the bucket. */
  readonly objects: ObjectStore;

  protected constructor(protected readonly stack: LocalStack) {
    this.objects = new ObjectStore({ ...stack.bucket, region: 'us-east-1' });
  }

  protected static async startStack(): Promise<LocalStack> {
    return LocalStack.start({ folder: await mkdtemp(join(tmpdir(), 'honyaku-test-')) });
  }

  get redis(): EmbeddedRedis {
    return this.stack.redis;
  }

  get bucket(): EmbeddedObjectStore {
    return this.stack.objects;
  }

  /** The environment variables by which a program reaches Redis and the bucket. */
  get connections(): Record<string, string> {
    return connectionsOf(this.redis.url, this.bucket);
  }

  /** Ends Redis with all its data stored, as an outage that loses nothing. */
  stopRedis(): Promise<void> {
    return this.redis.stop();
  }

  /** The same data at the same port. */
  startRedis(): Promise<void> {
    return this.stack.startRedis();
  }

  /** Kills the programs that still run, stops the servers and removes the folder. */
  async close(): Promise<void> {
    await this.stack.stop();
    await rm(this.stack.folder, { recursive: true, force: true });
  }
}

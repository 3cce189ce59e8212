/** A platform whose jobs the test itself does, without queues: in its own process, with the dependencies of a worker. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromJson } from '@honyaku/contracts';
import { type z } from 'zod';
import { workerContext } from './worker-context.ts';
import { WorkerPlatform } from './worker-platform.ts';

export class JobPlatform {
  private constructor(
    readonly platform: WorkerPlatform,
    private readonly folder: string,
    readonly context: ReturnType<typeof workerContext>,
  ) {}

  static async open(): Promise<JobPlatform> {
    const platform = await WorkerPlatform.open();
    const folder = await mkdtemp(join(tmpdir(), 'honyaku-jobs-'));
    return new JobPlatform(platform, folder, workerContext(platform.objects, folder));
  }

  async close(): Promise<void> {
    await this.context[Symbol.asyncDispose]();
    await this.platform.close();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** A record of the bucket. @throws Corrupt where there is none */
  async read<Schema extends z.ZodType>(schema: Schema, key: string): Promise<z.output<Schema>> {
    return fromJson(schema, (await this.platform.objects.getText(key)) ?? '', key);
  }
}

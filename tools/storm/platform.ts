/** A real API whose event loop is watched, with workers that pretend, on a real Redis and a real bucket. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ApiClient } from '@honyaku/client';
import { routes } from '@honyaku/contracts';
import { LocalStack, type Program, pretendedPairs, uploadPairs } from '@honyaku/local-stack';
import { z } from 'zod';
import { until } from '@honyaku/embedded';
import { PretendWorkers } from '../simulate/pretend-process.ts';

export class StormPlatform {
  private constructor(
    private readonly stack: LocalStack,
    private readonly api: Program,
    readonly client: ApiClient,
    readonly workers: PretendWorkers,
    readonly watch: LoopWatch,
    /** Digest of the corpus that is stored. */
    readonly corpus: string,
  ) {}

  static async start(
    folder: string,
    size: { readonly workers: number; readonly secondsAnEpoch: number },
  ): Promise<StormPlatform> {
    const stack = await LocalStack.start({ folder });
    const file = join(folder, 'pauses');
    const api = await stack.startApi({
      script: 'tools/storm/watched-api.ts',
      environment: { HONYAKU_LOOP_WATCH: file },
    });
    const workers = new PretendWorkers({
      redisUrl: stack.redis.url,
      ...stack.bucket,
      workers: size.workers,
      shortestSeconds: size.secondsAnEpoch,
      longestSeconds: size.secondsAnEpoch,
    });
    const client = new ApiClient({ url: api.url });
    const { digest } = await uploadPairs(client, pretendedPairs);
    const platform = new StormPlatform(stack, api, client, workers, new LoopWatch(api, file), digest);
    // Code is loaded and compiled with its first use.
    await fetch(`${api.url}${routes.preview.path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    });
    await platform.watch.longest();
    return platform;
  }

  get url(): string {
    return this.api.url;
  }

  get pid(): number {
    return this.api.pid;
  }

  /** @returns the sweep's id, once its first epoch has begun */
  async submit(settings: object): Promise<string> {
    const { id } = await this.client.submit(JSON.stringify({ corpus: { digest: this.corpus }, ...settings }));
    await this.workers.first(id);
    return id;
  }

  /** The id of a sweep that is cancelled before it has trained anything. */
  async untrained(): Promise<string> {
    const { id } = await this.client.submit(
      JSON.stringify({ name: 'untrained', corpus: { digest: this.corpus }, trials: 1 }),
    );
    await this.client.call(routes.cancel, { id });
    return id;
  }

  /** SIGTERM. @returns the exit code */
  terminate(graceSeconds: number): Promise<number | null> {
    return this.api.terminate(graceSeconds);
  }

  async stop(): Promise<void> {
    this.workers.stop();
    await this.stack.stop();
  }
}

const Pause = z.strictObject({
  /** By the clock. */
  milliseconds: z.number(),
  /** CPU time of the event loop's thread. */
  cpuMilliseconds: z.number(),
});
type Pause = z.output<typeof Pause>;

const answerSeconds = 60;

class LoopWatch {
  private read = 0;

  /** @param file where the API writes: its HONYAKU_LOOP_WATCH */
  constructor(
    private readonly program: Program,
    private readonly file: string,
  ) {}

  /** The longest since it was asked last. */
  async longest(): Promise<Pause> {
    process.kill(this.program.pid, 'SIGUSR2');
    const line = await until(
      { what: `line in ${this.file}`, seconds: answerSeconds, everyMilliseconds: 10 },
      () => readFileSync(this.file, 'utf8').split('\n').slice(0, -1)[this.read],
    );
    this.read += 1;
    return Pause.parse(JSON.parse(line));
  }
}

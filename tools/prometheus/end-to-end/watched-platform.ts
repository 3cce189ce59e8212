/** The whole platform with a real Prometheus beside it. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ApiClient } from '@honyaku/client';
import { freePort } from '@honyaku/embedded';
import { LocalStack, type Program } from '@honyaku/local-stack';
import { PrometheusServer } from './prometheus-server.ts';

const workerNames = ['worker-1', 'worker-2'];

export class WatchedPlatform {
  private constructor(
    private readonly stack: LocalStack,
    readonly api: Program,
    readonly workers: readonly Program[],
    readonly prometheus: PrometheusServer,
    readonly configFile: string,
    readonly client: ApiClient,
  ) {}

  /** @param collector takes the traces */
  static async start(folder: string, collector: string): Promise<WatchedPlatform> {
    const environment = { OTEL_EXPORTER_OTLP_ENDPOINT: collector, HONYAKU_CHECKPOINT_SECONDS: '1' };
    const stack = await LocalStack.start({ folder, environment });
    const api = await stack.startApi();
    const workers = await Promise.all(workerNames.map((name) => stack.startWorker(name)));
    await mkdir(join(folder, 'prometheus'));
    const prometheus = new PrometheusServer(join(folder, 'prometheus'), await freePort());
    const configFile = await prometheus.configure({
      'honyaku-api': [api.address],
      'honyaku-worker': workers.map(({ address }) => address),
    });
    await prometheus.start();
    const client = new ApiClient({ url: api.url });
    return new WatchedPlatform(stack, api, workers, prometheus, configFile, client);
  }

  killRedis(): Promise<void> {
    return this.stack.killRedis();
  }

  startRedis(): Promise<void> {
    return this.stack.startRedis();
  }

  async stop(): Promise<void> {
    await this.prometheus.kill();
    await this.stack.stop();
  }
}

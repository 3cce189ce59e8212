/** The whole platform with a real Prometheus beside it. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ApiClient } from '@honyaku/cli';
import {
  type EmbeddedObjectStore,
  type EmbeddedRedis,
  startObjectStore,
  startRedis,
} from '@honyaku/embedded';
import { freePort } from '../../processes/free-port.ts';
import { type Service, startApi, startWorker } from '../../processes/services.ts';
import { PrometheusServer } from './prometheus-server.ts';

const workerNames = ['worker-1', 'worker-2'];

export class WatchedPlatform {
  private constructor(
    private readonly folder: string,
    private redis: EmbeddedRedis,
    private readonly bucket: EmbeddedObjectStore,
    readonly api: Service,
    readonly workers: readonly Service[],
    readonly prometheus: PrometheusServer,
    readonly configFile: string,
    readonly client: ApiClient,
  ) {}

  /** @param collector takes the traces */
  static async start(folder: string, collector: string): Promise<WatchedPlatform> {
    const [redis, bucket, port] = await Promise.all([
      startRedis({ folder: join(folder, 'redis') }),
      startObjectStore({ folder: join(folder, 's3') }),
      freePort(),
    ]);
    const environment = { OTEL_EXPORTER_OTLP_ENDPOINT: collector, HONYAKU_CHECKPOINT_SECONDS: '1' };
    const surroundings = { folder, redisUrl: redis.url, bucket, environment };
    const api = await startApi(surroundings);
    const workers = await Promise.all(workerNames.map((name) => startWorker(surroundings, name)));
    await mkdir(join(folder, 'prometheus'));
    const prometheus = new PrometheusServer(join(folder, 'prometheus'), port);
    const configFile = await prometheus.configure({
      'honyaku-api': [api.address],
      'honyaku-worker': workers.map(({ address }) => address),
    });
    await prometheus.start();
    const client = new ApiClient({ url: api.url });
    return new WatchedPlatform(folder, redis, bucket, api, workers, prometheus, configFile, client);
  }

  killRedis(): Promise<void> {
    return this.redis.kill();
  }

  async startRedis(): Promise<void> {
    this.redis = await startRedis({ folder: join(this.folder, 'redis'), port: this.redis.port });
  }

  async stop(): Promise<void> {
    await this.prometheus.kill();
    await Promise.all([...this.workers, this.api].map(({ program }) => program.kill()));
    await Promise.all([this.redis.stop(), this.bucket.stop()]);
  }
}

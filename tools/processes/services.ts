/** The API and workers as processes, on a Redis and a bucket that are there. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { paths } from '@honyaku/contracts';
import { freePort } from './free-port.ts';
import { Program } from './program.ts';

export interface Surroundings {
  /** Takes logs and caches. */
  readonly folder: string;
  readonly redisUrl: string;
  readonly bucket: {
    readonly endpoint: string;
    readonly bucket: string;
    readonly accessKey: string;
    readonly secretKey: string;
  };
  /** Beside the connections, for every program. */
  readonly environment?: Readonly<Record<string, string>>;
}

export interface Service {
  readonly program: Program;
  /** `127.0.0.1:<port>` */
  readonly address: string;
  readonly url: string;
}

/** By what a program reaches Redis and the bucket. */
export function connectionsOf({
  redisUrl,
  bucket,
}: Pick<Surroundings, 'redisUrl' | 'bucket'>): Record<string, string> {
  return {
    HONYAKU_REDIS_URL: redisUrl,
    HONYAKU_S3_ENDPOINT: bucket.endpoint,
    HONYAKU_S3_BUCKET: bucket.bucket,
    AWS_ACCESS_KEY_ID: bucket.accessKey,
    AWS_SECRET_ACCESS_KEY: bucket.secretKey,
  };
}

/** The environment of any of the platform's programs. */
export function environmentOf(surroundings: Surroundings): Record<string, string> {
  const { environment } = surroundings;
  return {
    ...connectionsOf(surroundings),
    HONYAKU_LOG_LEVEL: 'warn',
    TF_CPP_MIN_LOG_LEVEL: '2',
    ...environment,
  };
}

export interface ApiSettings {
  readonly name?: string;
  /** In place of the API's own, from the repository's root. */
  readonly script?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

/** An API that does not run yet. */
export function apiService(surroundings: Surroundings, settings: ApiSettings = {}): Promise<Service> {
  const { name = 'api', script = 'apps/api/src/main.ts', environment } = settings;
  return service(surroundings, name, script, (port) => ({ HONYAKU_API_PORT: port, ...environment }));
}

export async function startApi(surroundings: Surroundings, settings?: ApiSettings): Promise<Service> {
  return started(await apiService(surroundings, settings));
}

/** A worker that does not run yet. @param cacheFolder one of its own when left out */
export async function workerService(
  surroundings: Surroundings,
  name: string,
  cacheFolder = join(surroundings.folder, name),
): Promise<Service> {
  await mkdir(cacheFolder, { recursive: true });
  return service(surroundings, name, 'apps/worker/src/main.ts', (port) => ({
    HONYAKU_WORKER_NAME: name,
    HONYAKU_WORKER_PORT: port,
    HONYAKU_CACHE_DIR: cacheFolder,
  }));
}

export async function startWorker(surroundings: Surroundings, name: string): Promise<Service> {
  return started(await workerService(surroundings, name));
}

async function started(service: Service): Promise<Service> {
  await service.program.start();
  return service;
}

async function service(
  surroundings: Surroundings,
  name: string,
  script: string,
  environment: (port: string) => Readonly<Record<string, string>>,
): Promise<Service> {
  const address = `127.0.0.1:${await freePort()}`;
  const url = `http://${address}`;
  const program = new Program({
    name,
    script,
    readyUrl: `${url}${paths.ready}`,
    logFile: join(surroundings.folder, `${name}.log`),
    environment: { ...environmentOf(surroundings), ...environment(address.split(':')[1] ?? '') },
  });
  return { program, address, url };
}

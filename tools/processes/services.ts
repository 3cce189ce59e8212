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

/** The environment of any of the platform's programs. */
export function environmentOf({ redisUrl, bucket, environment }: Surroundings): Record<string, string> {
  return {
    HONYAKU_REDIS_URL: redisUrl,
    HONYAKU_S3_ENDPOINT: bucket.endpoint,
    HONYAKU_S3_BUCKET: bucket.bucket,
    AWS_ACCESS_KEY_ID: bucket.accessKey,
    AWS_SECRET_ACCESS_KEY: bucket.secretKey,
    HONYAKU_LOG_LEVEL: 'warn',
    TF_CPP_MIN_LOG_LEVEL: '2',
    ...environment,
  };
}

/** Starts the API. @param script in place of the API's own, from the repository's root */
export function startApi(
  surroundings: Surroundings,
  script = 'apps/api/src/main.ts',
  environment: Readonly<Record<string, string>> = {},
): Promise<Service> {
  return start(surroundings, 'api', script, (port) => ({ HONYAKU_API_PORT: port, ...environment }));
}

export async function startWorker(surroundings: Surroundings, name: string): Promise<Service> {
  const folder = join(surroundings.folder, name);
  await mkdir(folder, { recursive: true });
  return start(surroundings, name, 'apps/worker/src/main.ts', (port) => ({
    HONYAKU_WORKER_NAME: name,
    HONYAKU_WORKER_PORT: port,
    HONYAKU_CACHE_DIR: folder,
  }));
}

async function start(
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
  await program.start();
  return { program, address, url };
}

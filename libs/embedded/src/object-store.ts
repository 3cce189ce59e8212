import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { installedPaths, Unavailable, usableFolder } from '@honyaku/contracts';
import { startServer, type EmbeddedServer } from './embedded-process.ts';
import { onFreePorts } from './ports.ts';
import { innerSecurity, secretIn } from './secrets.ts';

/** By which the server holds its folder. */
export const objectStoreName = 'weed';

export interface EmbeddedObjectStore extends EmbeddedServer {
  /** All that it listens on. */
  readonly ports: readonly number[];
  readonly endpoint: string;
  readonly bucket: string;
  readonly accessKey: string;
  /** For clients, not for logs. */
  readonly secretKey: string;
}

/** All the ports that SeaweedFS opens; what is not named here takes a default that may be in use. */
const portFlags = [
  's3.port',
  's3.port.grpc',
  'master.port',
  'master.port.grpc',
  'filer.port',
  'filer.port.grpc',
  'volume.port',
  'volume.port.grpc',
  'admin.port',
  'admin.port.grpc',
] as const;

/**
 * Starts a real S3 server (SeaweedFS) on loopback with its data in `folder`; the bucket is made if absent.
 * Only requests with the S3 credentials are served: its inner servers talk to nobody but each other.
 * Credentials and data stay from run to run, ports only when given.
 * @throws Unavailable when it is not installed or does not start; Conflict when the folder is in use; Cancelled when
 *   `interrupted`
 */
export async function startObjectStore(options: {
  readonly folder: string;
  readonly bucket?: string;
  /** Those of an earlier run; free ones when left out. */
  readonly ports?: readonly number[];
  readonly maxWaitSeconds?: number;
  /** Gives up the start. */
  readonly interrupted?: AbortSignal | undefined;
}): Promise<EmbeddedObjectStore> {
  const { bucket = 'honyaku', maxWaitSeconds = 300, interrupted } = options;
  const folder = resolve(options.folder);
  const { weed } = installedPaths();
  if (!existsSync(weed)) throw new Unavailable('the object store (weed) is not installed: run npm run setup');
  await usableFolder(folder, 'the folder');
  const accessKey = 'honyaku';
  const secretKey = await secretIn(folder, 'weed-secret');
  const security = await innerSecurity(folder);
  const startOn = async (ports: readonly number[]) => {
    const endpoint = `http://127.0.0.1:${ports[portFlags.indexOf('s3.port')]}`;
    const server = await startServer({
      name: objectStoreName,
      program: weed,
      arguments: [
        '-logtostderr=true',
        'mini',
        `-dir=${folder}`,
        '-ip=127.0.0.1',
        '-ip.bind=127.0.0.1',
        ...portFlags.map((flag, index) => `-${flag}=${ports[index]}`),
        '-s3.port.iceberg=0',
        '-s3.port.lance=0',
        '-disableHttp=true',
        '-webdav=false',
        '-admin.ui=false',
        '-master.telemetry=false',
        '-s3.cacheCapacityMB=16',
        `-bucket=${bucket}`,
      ],
      environment: {
        AWS_ACCESS_KEY_ID: accessKey,
        AWS_SECRET_ACCESS_KEY: secretKey,
        GOMEMLIMIT: '512MiB',
        ...security,
      },
      folder,
      logFile: join(folder, 'weed.log'),
      answers: () => bucketAnswers(`${endpoint}/${bucket}`),
      maxWaitSeconds,
      interrupted,
    });
    return {
      ...server,
      ports,
      endpoint,
      bucket,
      accessKey,
      secretKey,
      stop: async () => {
        await server.stop();
        await removeSockets(ports);
      },
    };
  };
  return options.ports ? startOn(options.ports) : onFreePorts(portFlags.length, startOn);
}

/** An anonymous request is refused with 403 once the bucket and the credentials are there. */
async function bucketAnswers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { method: 'HEAD', signal: AbortSignal.timeout(1000) });
    return response.status === 403;
  } catch {
    return false;
  }
}

/** SeaweedFS puts a Unix socket beside each port, always into /tmp, and leaves some behind. */
async function removeSockets(ports: readonly number[]): Promise<void> {
  const servers = portFlags.map((flag) => flag.replace('.port', '').replace('.', '-'));
  await Promise.all(
    servers.map((server, index) => rm(`/tmp/seaweedfs-${server}-${ports[index]}.sock`, { force: true })),
  );
}

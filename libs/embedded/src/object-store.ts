import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { installedPaths, Unavailable } from '@honyaku/contracts';
import { lockFolder } from './folder-lock.ts';
import { freePortPair } from './ports.ts';
import { secretIn } from './secret.ts';
import { startServer, type EmbeddedServer } from './embedded-process.ts';

export interface EmbeddedObjectStore extends EmbeddedServer {
  readonly endpoint: string;
  readonly bucket: string;
  readonly accessKey: string;
  /** For clients, not for logs. */
  readonly secretKey: string;
}

/**
 * Starts a real S3 server (SeaweedFS) on loopback with its data in `folder`; the bucket is made if absent.
 * @throws Unavailable when it is not installed or does not start; Conflict when the folder is in use
 */
export async function startObjectStore(options: {
  readonly folder: string;
  readonly bucket?: string;
  readonly maxWaitSeconds?: number;
}): Promise<EmbeddedObjectStore> {
  const { folder, bucket = 'honyaku', maxWaitSeconds = 40 } = options;
  const { weed } = installedPaths();
  if (!existsSync(weed)) throw new Unavailable('the object store (weed) is not installed: run npm run setup');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const unlock = await lockFolder(folder, 'weed');
  try {
    const taken = new Set<number>();
    const ports = {
      s3: await freePortPair(taken),
      master: await freePortPair(taken),
      filer: await freePortPair(taken),
      volume: await freePortPair(taken),
      admin: await freePortPair(taken),
      iceberg: await freePortPair(taken),
      lance: await freePortPair(taken),
    };
    const accessKey = 'honyaku';
    const secretKey = await secretIn(folder, 'weed-secret');
    const endpoint = `http://127.0.0.1:${ports.s3}`;
    const server = await startServer({
      name: 'weed',
      program: weed,
      arguments: [
        'mini',
        `-dir=${folder}`,
        '-ip=127.0.0.1',
        '-ip.bind=127.0.0.1',
        '-webdav=false',
        '-admin.ui=false',
        `-bucket=${bucket}`,
        '-s3.cacheCapacityMB=16',
        '-master.telemetry=false',
        `-s3.port=${ports.s3}`,
        `-s3.port.iceberg=${ports.iceberg}`,
        `-s3.port.lance=${ports.lance}`,
        `-master.port=${ports.master}`,
        `-filer.port=${ports.filer}`,
        `-volume.port=${ports.volume}`,
        `-admin.port=${ports.admin}`,
      ],
      environment: { AWS_ACCESS_KEY_ID: accessKey, AWS_SECRET_ACCESS_KEY: secretKey, GOMEMLIMIT: '512MiB' },
      folder,
      logFile: join(folder, 'weed.log'),
      answers: () => bucketAnswers(`${endpoint}/${bucket}`),
      maxWaitSeconds,
    });
    return {
      ...server,
      endpoint,
      bucket,
      accessKey,
      secretKey,
      stop: async () => {
        await server.stop();
        await unlock();
      },
    };
  } catch (error) {
    await unlock();
    throw error;
  }
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

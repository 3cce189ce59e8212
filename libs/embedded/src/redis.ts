import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { installedPaths, Unavailable } from '@honyaku/contracts';
import getPort from 'get-port';
import { secretIn } from './secret.ts';
import { lockFolder } from './folder-lock.ts';
import { requireFreePort } from './ports.ts';
import { startServer, type EmbeddedServer } from './embedded-process.ts';

export interface EmbeddedRedis extends EmbeddedServer {
  /** With the password; for clients, not for logs. */
  readonly url: string;
  readonly port: number;
}

/**
 * Starts a real redis-server on loopback with its data in `folder` (append-only file, nothing evicted).
 * @throws Unavailable when there is no redis-server or it does not start; Conflict when the folder or port is in use
 */
export async function startRedis(options: {
  readonly folder: string;
  /** A free one when left out. */
  readonly port?: number;
  readonly maxWaitSeconds?: number;
}): Promise<EmbeddedRedis> {
  const { folder, maxWaitSeconds = 20 } = options;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const program = await redisServer();
  const unlock = await lockFolder(folder, 'redis');
  try {
    const port = options.port ?? (await getPort({ host: '127.0.0.1' }));
    await requireFreePort(port, 'Redis');
    const password = await secretIn(folder, 'redis-password');
    const configuration = join(folder, 'redis.conf');
    await writeFile(
      configuration,
      [
        'bind 127.0.0.1',
        `port ${port}`,
        `requirepass ${password}`,
        `dir ${JSON.stringify(folder)}`,
        'appendonly yes',
        'appendfsync everysec',
        'save ""',
        'maxmemory-policy noeviction',
        'daemonize no',
        '',
      ].join('\n'),
      { mode: 0o600 },
    );
    const server = await startServer({
      name: 'redis-server',
      program,
      arguments: [configuration],
      folder,
      logFile: join(folder, 'redis.log'),
      answers: () => ping(port, password),
      maxWaitSeconds,
    });
    return {
      ...server,
      port,
      url: `redis://:${password}@127.0.0.1:${port}`,
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

/** BullMQ needs 6.2. */
async function redisServer(): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)('redis-server', ['--version'], { timeout: 10_000 });
    const [major = 0, minor = 0] = (/v=(\d+)\.(\d+)/.exec(stdout)?.slice(1) ?? []).map(Number);
    if (major > 6 || (major === 6 && minor >= 2)) return 'redis-server';
  } catch {
    // None on PATH: the one that set-up brought serves.
  }
  const { redisServer: installed } = installedPaths();
  if (!existsSync(installed)) throw new Unavailable('there is no redis-server: run npm run setup');
  return installed;
}

/** Whether Redis takes the password and has loaded its data. */
function ping(port: number, password: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: '127.0.0.1', port });
    const answer = (ready: boolean) => {
      socket.destroy();
      resolve(ready);
    };
    let received = '';
    socket.setTimeout(1000, () => answer(false));
    socket.on('error', () => answer(false));
    socket.on('connect', () => socket.write(`AUTH ${password}\r\nPING\r\n`));
    socket.on('data', (chunk) => {
      received += String(chunk);
      if (received.includes('+PONG')) answer(true);
      else if (received.includes('-')) answer(false);
    });
  });
}

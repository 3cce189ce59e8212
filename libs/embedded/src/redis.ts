import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { installedPaths, Unavailable, usableFolder } from '@honyaku/contracts';
import { secretIn } from './secrets.ts';
import { onFreePorts, requireFreePort } from './ports.ts';
import { startServer, type EmbeddedServer } from './embedded-process.ts';

/** By which the server holds its folder. */
export const redisName = 'redis-server';

export interface EmbeddedRedis extends EmbeddedServer {
  /** With the password; for clients, not for logs. */
  readonly url: string;
  readonly port: number;
}

/**
 * Starts a real redis-server on loopback with its data in `folder` (append-only file, nothing evicted).
 * @throws Unavailable when there is no redis-server or it does not start; Conflict when the folder or port is in use;
 *   Cancelled when `interrupted`
 */
export async function startRedis(options: {
  readonly folder: string;
  /** A free one when left out. */
  readonly port?: number;
  readonly maxWaitSeconds?: number;
  /** Gives up the start. */
  readonly interrupted?: AbortSignal | undefined;
}): Promise<EmbeddedRedis> {
  const { port, interrupted } = options;
  const folder = resolve(options.folder);
  await usableFolder(folder, 'the folder');
  const setup = {
    folder,
    program: await redisServer(),
    password: await secretIn(folder, 'redis-password'),
    maxWaitSeconds: options.maxWaitSeconds ?? 300,
    interrupted,
  };
  if (port === undefined) return onFreePorts(1, ([free = 0]) => startOn(free, setup));
  await requireFreePort(port, 'Redis');
  return startOn(port, setup);
}

async function startOn(
  port: number,
  setup: {
    readonly folder: string;
    readonly program: string;
    readonly password: string;
    readonly maxWaitSeconds: number;
    readonly interrupted: AbortSignal | undefined;
  },
): Promise<EmbeddedRedis> {
  const { folder, program, password, maxWaitSeconds, interrupted } = setup;
  const configuration = [
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
  ].join('\n');
  const server = await startServer({
    name: redisName,
    program,
    arguments: ['-'],
    input: configuration,
    folder,
    logFile: join(folder, 'redis.log'),
    answers: () => ping(port, password),
    maxWaitSeconds,
    interrupted,
  });
  return { ...server, port, url: `redis://:${password}@127.0.0.1:${port}` };
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
  return new Promise((settle) => {
    const socket = createConnection({ host: '127.0.0.1', port });
    const answer = (ready: boolean) => {
      socket.destroy();
      settle(ready);
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

import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { connect } from 'node:http2';
import { createConnection, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Cancelled, Conflict, Unavailable } from '@honyaku/contracts';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type EmbeddedRedis, type EmbeddedServer, startObjectStore, startRedis } from './index.ts';

let folder: string;
const running: EmbeddedServer[] = [];
const started = async <Server extends EmbeddedServer>(server: Promise<Server>): Promise<Server> => {
  running.push(await server);
  return server;
};
const isRunning = (pid: number) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

/** The answer of Redis to one command after the password. */
const ask = async (redis: EmbeddedRedis, command: string) => {
  const socket = createConnection({ host: '127.0.0.1', port: redis.port });
  socket.end(`AUTH ${new URL(redis.url).password}\r\n${command}\r\nQUIT\r\n`);
  let answer = '';
  for await (const chunk of socket) answer += String(chunk);
  return answer;
};

/** Where a process listens for TCP. */
function listeningAddresses(pid: number): { host: string; port: number }[] {
  const sockets = new Set(
    readdirSync(`/proc/${pid}/fd`).map((fd) => /socket:\[(\d+)\]/.exec(linkOf(`/proc/${pid}/fd/${fd}`))?.[1]),
  );
  const ofFamily = (file: string) =>
    readFileSync(`/proc/${pid}/net/${file}`, 'utf8')
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter((fields) => fields[3] === '0A' && sockets.has(fields[9]));
  return [...ofFamily('tcp'), ...ofFamily('tcp6')].map(([, local = '']) => {
    const [address = '', port = ''] = local.split(':');
    const bytes = Buffer.from(address, 'hex');
    return {
      host: bytes.length === 4 ? bytes.reverse().join('.') : address,
      port: parseInt(port, 16),
    };
  });
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

/** Whether a server talks gRPC, even if only to say that it does not know what is asked, with a stranger. */
async function answersGrpc(origin: string): Promise<boolean> {
  const session = connect(origin, { rejectUnauthorized: false });
  session.on('error', () => undefined);
  const answer = new Promise<boolean>((settle) => {
    session.once('close', () => settle(false));
    session.setTimeout(3000, () => settle(false));
    const request = session.request({
      ':method': 'POST',
      ':path': '/filer_pb.SeaweedFiler/ListEntries',
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    request.once('response', () => settle(true)).once('error', () => settle(false));
    request.end(Buffer.alloc(5));
  });
  const answered = await answer;
  session.destroy();
  return answered;
}

/** Starts the server in a process of its own, kills that with no chance to clean up, and returns the server's pid. */
const startInParentAndKillIt = async (start: 'startRedis' | 'startObjectStore', options: object) => {
  const script = `
    import { ${start} } from ${JSON.stringify(new URL('./index.ts', import.meta.url).href)};
    const server = await ${start}(${JSON.stringify(options)});
    console.log(server.pid);
    setInterval(() => {}, 1000);`;
  const parent = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(parent.stdout, 'data');
  const pid = Number(String(line));
  expect(isRunning(pid)).toBe(true);
  parent.kill('SIGKILL');
  return pid;
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'embedded-'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await Promise.all(running.splice(0).map((server) => server.stop()));
});
afterAll(() => rm(folder, { recursive: true }));

describe('startRedis', () => {
  it.each(['', '0123', '\0'.repeat(48)])(
    'makes its password anew where a loss of power left %j',
    async (left) => {
      const place = join(folder, 'left');
      await mkdir(place, { recursive: true });
      await writeFile(join(place, 'redis-password'), left);
      const redis = await started(startRedis({ folder: place }));
      expect(redis.url).toMatch(/:[0-9a-f]{48}@/);
      expect(await readFile(join(place, 'redis-password'), 'utf8')).toBe(new URL(redis.url).password);
    },
  );

  it('answers with its password, which no list of processes shows, and is gone after stop', async () => {
    const redis = await started(startRedis({ folder: join(folder, 'redis') }));
    expect(redis.url).toMatch(/^redis:\/\/:[0-9a-f]{48}@127\.0\.0\.1:\d+$/);
    const { password } = new URL(redis.url);
    expect(await readFile(`/proc/${redis.pid}/cmdline`, 'utf8')).not.toContain(password);
    expect((await stat(join(folder, 'redis', 'redis-password'))).mode & 0o777).toBe(0o600);
    await redis.stop();
    expect(isRunning(redis.pid)).toBe(false);
  });

  it('refuses who has no password', async () => {
    const redis = await started(startRedis({ folder: join(folder, 'redis') }));
    const socket = createConnection({ host: '127.0.0.1', port: redis.port });
    socket.end('KEYS *\r\nQUIT\r\n');
    let answer = '';
    for await (const chunk of socket) answer += String(chunk);
    expect(answer).toContain('-NOAUTH');
    expect(new Set(listeningAddresses(redis.pid).map(({ host }) => host))).toEqual(new Set(['127.0.0.1']));
  });

  it('evicts nothing and appends every write to a file', async () => {
    const redis = await started(startRedis({ folder: join(folder, 'redis') }));
    expect(await ask(redis, 'CONFIG GET maxmemory-policy')).toContain('noeviction');
    expect(await ask(redis, 'CONFIG GET appendonly')).toContain('yes');
    expect(await ask(redis, 'CONFIG GET bind')).toMatch(/\n127\.0\.0\.1\r/);
  });

  it('keeps what was written through stop and through kill -9', async () => {
    const open = () => started(startRedis({ folder: join(folder, 'kept') }));
    const first = await open();
    expect(await ask(first, 'SET stopped yes')).toContain('+OK\r\n+OK');
    await first.stop();
    const second = await open();
    expect(second.url.split('@')[0]).toBe(first.url.split('@')[0]);
    await ask(second, 'SET killed yes');
    process.kill(second.pid, 'SIGKILL');
    await expect.poll(() => isRunning(second.pid)).toBe(false);
    const third = await open();
    expect(await ask(third, 'GET stopped')).toContain('yes');
    expect(await ask(third, 'GET killed')).toContain('yes');
  });

  it('refuses a second start on the same folder and names the process that has it', async () => {
    const first = await started(startRedis({ folder: join(folder, 'redis') }));
    const second = startRedis({ folder: join(folder, 'redis') });
    await expect(second).rejects.toThrow(Conflict);
    await expect(second).rejects.toThrow(String(first.pid));
    expect(await ask(first, 'PING')).toContain('+PONG');
  });

  it('lets one of two starts at once have the folder', async () => {
    const both = [0, 1].map(() => startRedis({ folder: join(folder, 'contested') }));
    const outcomes = await Promise.allSettled(both);
    for (const outcome of outcomes) if (outcome.status === 'fulfilled') running.push(outcome.value);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  it('names a port that is in use', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    await expect(startRedis({ folder: join(folder, 'other'), port })).rejects.toThrow(`port ${port}`);
    other.close();
  });

  it('shows the end of its log when it cannot start, and leaves nothing running', async () => {
    const broken = join(folder, 'broken');
    const redis = await started(startRedis({ folder: broken }));
    await redis.stop();
    await rm(join(broken, 'appendonly.aof'), { force: true });
    await rm(join(broken, 'appendonlydir'), { recursive: true, force: true });
    await Promise.all([
      mkdir(join(broken, 'appendonly.aof')),
      writeFile(join(broken, 'appendonlydir'), 'not a folder'),
    ]);
    const failure = startRedis({ folder: broken });
    await expect(failure).rejects.toThrow(Unavailable);
    await expect(failure).rejects.toThrow(/append|AOF/i);
  });

  it('gives up its start when it is interrupted, and leaves the folder to the next one', async () => {
    const place = { folder: join(folder, 'interrupted') };
    const interrupted = startRedis({ ...place, interrupted: AbortSignal.abort() });
    await expect(interrupted).rejects.toThrow(Cancelled);
    await started(startRedis(place));
  });

  it('says what to do when it is not installed', async () => {
    vi.stubEnv('PATH', '/nowhere');
    vi.stubEnv('HONYAKU_HOME', '/nowhere');
    await expect(startRedis({ folder: join(folder, 'redis') })).rejects.toThrow(/npm run setup/);
  });

  it('is not left running when its parent is killed, and its folder can be had again', async () => {
    const options = { folder: join(folder, 'orphan') };
    const pid = await startInParentAndKillIt('startRedis', options);
    await started(startRedis(options));
    await expect.poll(() => isRunning(pid)).toBe(false);
  });
});

describe('startObjectStore', () => {
  it('keeps its credentials between runs and refuses anonymous readers', async () => {
    const first = await started(startObjectStore({ folder: join(folder, 'weed') }));
    const answer = await fetch(`${first.endpoint}/${first.bucket}?list-type=2`);
    expect(answer.status).toBe(403);
    await first.stop();
    expect(isRunning(first.pid)).toBe(false);
    const second = await started(startObjectStore({ folder: join(folder, 'weed') }));
    expect(second.secretKey).toBe(first.secretKey);
    await expect(startObjectStore({ folder: join(folder, 'weed') })).rejects.toThrow(Conflict);
  });

  it('serves nobody who has no S3 credentials: neither its filer nor its volumes nor its master', async () => {
    const store = await started(startObjectStore({ folder: join(folder, 'closed') }));
    const { hostname, port: s3 } = new URL(store.endpoint);
    const listening = listeningAddresses(store.pid);
    expect(listening.length).toBeGreaterThan(5);
    expect(new Set(listening.map(({ host }) => host))).toEqual(new Set([hostname]));
    const ports = listening.map(({ port }) => port).filter((port) => port !== Number(s3));
    const page = { origin: 'http://a-page.example' };
    const readable: string[] = [];
    for (const port of ports) {
      for (const path of ['/buckets/', '/dir/assign', '/dir/status', '/dir/lookup?volumeId=1', '/vol/grow']) {
        const url = `http://${hostname}:${port}${path}`;
        const answer = await fetch(url, { headers: page }).catch(() => undefined);
        if (answer?.ok) readable.push(url);
        await answer?.body?.cancel();
      }
      const written = await fetch(`http://${hostname}:${port}/buckets/${store.bucket}/intruder`, {
        method: 'PUT',
        body: 'not signed',
      }).catch(() => undefined);
      if (written?.ok) readable.push(`PUT to port ${port}`);
      for (const scheme of ['http', 'https'] as const)
        if (await answersGrpc(`${scheme}://${hostname}:${port}`)) readable.push(`${scheme} gRPC on ${port}`);
    }
    expect(readable).toEqual([]);
    expect((await stat(join(folder, 'closed', 'weed-certificate.pem'))).mode & 0o777).toBe(0o600);
  });

  it('says what to do when it is not installed', async () => {
    vi.stubEnv('HONYAKU_HOME', '/nowhere');
    await expect(startObjectStore({ folder: join(folder, 'weed') })).rejects.toThrow(/npm run setup/);
  });

  it('makes its secrets anew where a loss of power left nothing of them', async () => {
    const place = join(folder, 'left-store');
    const before = await started(startObjectStore({ folder: place }));
    await before.stop();
    for (const name of ['weed-secret', 'weed-certificate.pem']) await writeFile(join(place, name), '');
    const { secretKey } = await started(startObjectStore({ folder: place }));
    expect(secretKey).toMatch(/^[0-9a-f]{48}$/);
    expect(secretKey).not.toBe(before.secretKey);
  });

  it('says so when it does not answer in time, and leaves nothing running', async () => {
    const slow = { folder: join(folder, 'slow'), maxWaitSeconds: 0.1 };
    await expect(startObjectStore(slow)).rejects.toThrow(/within 0\.1 s/);
    await started(startObjectStore({ folder: slow.folder }));
  });

  it('is not left running when its parent is killed, and its folder can be had again', async () => {
    const options = { folder: join(folder, 'orphan-store') };
    const pid = await startInParentAndKillIt('startObjectStore', options);
    await started(startObjectStore(options));
    await expect.poll(() => isRunning(pid)).toBe(false);
  });
});

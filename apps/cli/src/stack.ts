/** The whole platform on one machine: embedded Redis and object store, the API and workers, in one folder. */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Cancelled, Conflict, fromJson, paths, usableFolder } from '@honyaku/contracts';
import { startObjectStore, startRedis } from '@honyaku/embedded';
import { gpuOfEach } from '@honyaku/tensor-process';
import { ApiAddress, addressFileName } from './api-address.ts';
import { freePort } from './stack/ports.ts';
import { Service } from './stack/service.ts';

export interface StackOptions {
  /** Holds all state, caches and logs; kept between runs. */
  readonly folder: string;
  readonly workers?: number;
  /** Of the API; 0 takes a free one. */
  readonly port?: number;
  /** Removes what earlier runs left in the folder. */
  readonly fresh?: boolean;
  /** Clients have to give it when set. */
  readonly token?: string | undefined;
  /** Gives up the start. */
  readonly interrupted?: AbortSignal;
  /** Gets a sentence for each part that is ready, dies or is started again. */
  readonly onEvent?: (sentence: string) => void;
}

export interface Stack {
  readonly apiUrl: string;
  readonly token?: string;
  readonly folder: string;
  /** Of the workers that run now. */
  workerPids(): number[];
  /** Every process, servers too, that is a child of this one. */
  pids(): number[];
  /** Stops workers, API, object store and Redis, in this order; resolves when all are gone. */
  stop(): Promise<void>;
}

/** A machine may be slow, and a child that lives is waited for; one that hangs is not for ever. */
const readySeconds = 900;
const waitingMilliseconds = 15_000;
const graceSeconds = 15;
const noSignal = new AbortController().signal;

/** What a stack keeps in its folder; nothing else there is ever removed. */
const contents = ['redis', 'objects', 'cache', 'logs', addressFileName];

/**
 * Starts everything and waits until it is ready. A worker or API that dies is started again.
 * @throws InvalidInput when the folder cannot be used; Unavailable naming the part that did not start, with the last lines of its log; Conflict when the
 *   folder or the port is in use; Cancelled when `interrupted`. Nothing runs after a throw.
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { workers: workerCount = 2, port = 0, fresh = false, token, interrupted = noSignal } = options;
  const { onEvent = () => undefined } = options;
  const folder = resolve(options.folder);
  await usableFolder(folder, 'the folder');
  await refuseSecond(folder);
  if (fresh)
    await Promise.all(contents.map((name) => rm(join(folder, name), { recursive: true, force: true })));
  const logs = join(folder, 'logs');
  await usableFolder(logs, 'the folder');
  const apiPort = await freePort(port);
  const apiUrl = `http://127.0.0.1:${apiPort}`;
  const address = { url: apiUrl, ...(token === undefined ? {} : { token }) };
  const addressFile = join(folder, addressFileName);

  const servers: { pid: number; stop: () => Promise<void> }[] = [];
  const services: { api?: Service; workers: Service[] } = { workers: [] };
  const stop = async () => {
    await rm(addressFile, { force: true });
    await Promise.all(services.workers.map((worker) => worker.stop()));
    await services.api?.stop();
    await Promise.all(servers.map((server) => server.stop()));
  };
  const waitedFor = new Set(['Redis', 'object store']);
  const isReady = (name: string) => {
    waitedFor.delete(name);
    onEvent(`${name} is ready`);
  };
  const waiting = setInterval(() => {
    onEvent(`still waiting for ${[...waitedFor].join(', ')}; logs are in ${folder}`);
  }, waitingMilliseconds);
  const started = <Server extends (typeof servers)[number]>(name: string) => {
    return (server: Server): Server => {
      servers.push(server);
      isReady(name);
      return server;
    };
  };
  const service = (settings: {
    name: string;
    program: string;
    port: number;
    environment: NodeJS.ProcessEnv;
  }) =>
    new Service({
      ...settings,
      logFile: join(logs, `${settings.name}.log`),
      maxWaitSeconds: readySeconds,
      graceSeconds,
      onEvent,
    });
  const startService = async (each: Service) => {
    waitedFor.add(each.name);
    await each.start(interrupted);
    isReady(each.name);
  };

  try {
    const [redis, objects] = await all([
      startRedis({ folder: join(folder, 'redis') }).then(started('Redis')),
      startObjectStore({ folder: join(folder, 'objects') }).then(started('object store')),
    ]);
    if (interrupted.aborted) throw new Cancelled('interrupted');
    const connections = {
      ...process.env,
      // Of the user's own, which are not for the servers of this folder.
      AWS_SESSION_TOKEN: undefined,
      HONYAKU_REDIS_PREFIX: undefined,
      HONYAKU_API_TOKEN: undefined,
      HONYAKU_HOST: '127.0.0.1',
      HONYAKU_REDIS_URL: redis.url,
      HONYAKU_S3_ENDPOINT: objects.endpoint,
      HONYAKU_S3_BUCKET: objects.bucket,
      AWS_ACCESS_KEY_ID: objects.accessKey,
      AWS_SECRET_ACCESS_KEY: objects.secretKey,
      TF_CPP_MIN_LOG_LEVEL: '2',
    };
    services.api = service({
      name: 'api',
      program: 'apps/api/src/main.ts',
      port: apiPort,
      environment: {
        ...connections,
        HONYAKU_API_PORT: String(apiPort),
        HONYAKU_API_TOKEN: token,
      },
    });
    const gpus = await gpuOfEach(workerCount);
    for (let number = 1; number <= workerCount; number++) {
      const name = `worker-${number}`;
      const workerPort = await freePort(0);
      services.workers.push(
        service({
          name,
          program: 'apps/worker/src/main.ts',
          port: workerPort,
          environment: {
            ...connections,
            HONYAKU_WORKER_NAME: name,
            HONYAKU_WORKER_PORT: String(workerPort),
            HONYAKU_CACHE_DIR: join(folder, 'cache', name),
            CUDA_VISIBLE_DEVICES: gpus[number - 1],
          },
        }),
      );
    }
    await all([services.api, ...services.workers].map(startService));
    await writeFile(addressFile, JSON.stringify(ApiAddress.parse(address)), { mode: 0o600 });
  } catch (error) {
    await stop();
    throw error;
  } finally {
    clearInterval(waiting);
  }

  const workerPids = () => present(services.workers.map(({ pid }) => pid));
  return {
    ...address,
    apiUrl,
    folder,
    workerPids,
    pids: () => [...workerPids(), ...present([services.api?.pid]), ...servers.map(({ pid }) => pid)],
    stop,
  };
}

/** Like Promise.all, but nothing is still under way when it throws. */
async function all<const Values extends readonly unknown[]>(promises: {
  readonly [Index in keyof Values]: Promise<Values[Index]>;
}): Promise<{ -readonly [Index in keyof Values]: Values[Index] }> {
  await Promise.allSettled(promises);
  return Promise.all(promises);
}

/** @throws Conflict when a stack answers at the address in the folder */
async function refuseSecond(folder: string): Promise<void> {
  const path = join(folder, addressFileName);
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return;
  const data = fromJson(ApiAddress, text, path);
  const answers = await fetch(new URL(paths.live, data.url), { signal: AbortSignal.timeout(3_000) }).then(
    (answer) => answer.ok,
    () => false,
  );
  if (answers) throw new Conflict(`${folder} is in use: its API answers at ${data.url}`);
}

function present<Value>(values: readonly (Value | undefined)[]): Value[] {
  return values.filter((value) => value !== undefined);
}

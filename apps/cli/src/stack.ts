/** The whole platform on one machine: embedded Redis and object store, the API and workers, in one folder. */
import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Cancelled, freeBytes, minFreeBytes } from '@honyaku/contracts';
import { freePort, requireFreePort } from '@honyaku/embedded';
import { LocalStack, type Program, SupervisedProgram, type SupervisionEvents } from '@honyaku/local-stack';
import { gpuOfEach } from '@honyaku/tensor-process';
import { addressFileName, writeAddressFile } from './api-address.ts';
import { removeLogs, takeStackFolder } from './stack-folder.ts';

export interface StackOptions {
  /** Holds all state, caches and logs; kept between runs. */
  readonly folder: string;
  readonly workers?: number;
  /** Port of the API; 0 takes a free one. */
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
  /** Process ids of the workers that run now. */
  workerPids(): number[];
  /** Every process, servers too, that is a child of this one. */
  pids(): number[];
  /** Aborts when a part died and cannot be started again, with the error as its reason. */
  readonly lost: AbortSignal;
  /** Stops workers, API, object store and Redis, in this order; resolves when all are gone. */
  stop(): Promise<void>;
}

const waitingMilliseconds = 15_000;
const diskMilliseconds = 5_000;
/** Without Redis or the bucket no worker can give its trial back, however long it tries. */
const lostGraceSeconds = 3;
const noSignal = new AbortController().signal;

/**
 * Starts everything and waits until it is ready. What dies is started again. The folder is held until all has stopped.
 * @throws InvalidInput when the folder cannot be used or holds other things; Unavailable naming the part that did not start, with the last lines of its log; Conflict when the
 *   folder or the port is in use; Cancelled when `interrupted`. Nothing runs after a throw.
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { workers: workerCount = 2, port = 0, fresh = false, token, interrupted = noSignal } = options;
  const { onEvent = () => undefined } = options;
  const folder = resolve(options.folder);
  const lock = await takeStackFolder(folder, { fresh });
  const waitedFor = new Set(['Redis', 'object store']);
  const isReady = (name: string) => {
    waitedFor.delete(name);
    onEvent(`${name} is ready`);
  };
  const waiting = setInterval(() => {
    onEvent(`still waiting for ${[...waitedFor].join(', ')}; logs are in ${folder}`);
  }, waitingMilliseconds);
  let servers: LocalStack | undefined;
  let api: SupervisedProgram | undefined;
  let workers: SupervisedProgram[] = [];
  const endDiskWatch = watchDisk(folder, onEvent);
  const lost = new AbortController();
  const stop = async () => {
    const grace = lost.signal.aborted ? lostGraceSeconds : undefined;
    try {
      endDiskWatch();
      // Without servers the folder may be an earlier version's, which has no lock of its own on it.
      if (servers) await rm(join(folder, addressFileName), { force: true });
      await Promise.all(workers.map((worker) => worker.stop(grace)));
      await api?.stop(grace);
      await servers?.stop();
    } finally {
      lock.release();
    }
  };
  const events: SupervisionEvents = { onEvent, onLost: (error) => lost.abort(error) };
  const ended = AbortSignal.any([interrupted, lost.signal]);
  const supervised = (program: Program) => new SupervisedProgram(program, events);
  const start = async (program: SupervisedProgram) => {
    waitedFor.add(program.name);
    await program.start(ended);
    isReady(program.name);
  };

  try {
    const apiPort = port === 0 ? await freePort() : port;
    await requireFreePort(apiPort, 'the API');
    servers = await LocalStack.start({
      folder,
      interrupted,
      environment: { HONYAKU_LOG_LEVEL: process.env['HONYAKU_LOG_LEVEL'] },
      onReady: isReady,
    });
    servers.superviseServers(events);
    if (interrupted.aborted) throw new Cancelled('interrupted');
    await removeLogs(folder);
    api = supervised(await servers.api({ port: apiPort, environment: { HONYAKU_API_TOKEN: token } }));
    for (const [index, gpu] of (await gpuOfEach(workerCount)).entries())
      workers = [
        ...workers,
        supervised(await servers.worker(`worker-${index + 1}`, { CUDA_VISIBLE_DEVICES: gpu })),
      ];
    await all([api, ...workers].map(start));
    const address = { url: `http://127.0.0.1:${apiPort}`, ...(token === undefined ? {} : { token }) };
    await writeAddressFile(folder, address);
    const started = servers;
    const workerPids = () => present(workers.map(({ pid }) => pid));
    return {
      ...address,
      apiUrl: address.url,
      folder,
      workerPids,
      pids: () => [...workerPids(), ...present([api?.pid]), started.redis.pid, started.objects.pid],
      lost: lost.signal,
      stop,
    };
  } catch (error) {
    await stop();
    lost.signal.throwIfAborted();
    throw error;
  } finally {
    clearInterval(waiting);
  }
}

/** Like Promise.all, but nothing is still under way when it throws. */
async function all<const Values extends readonly unknown[]>(promises: {
  readonly [Index in keyof Values]: Promise<Values[Index]>;
}): Promise<{ -readonly [Index in keyof Values]: Values[Index] }> {
  await Promise.allSettled(promises);
  return Promise.all(promises);
}

function present<Value>(values: readonly (Value | undefined)[]): Value[] {
  return values.filter((value) => value !== undefined);
}

/** Says once that the folder's disk is full, and once that it has space again. @returns what ends it */
function watchDisk(folder: string, onEvent: (sentence: string) => void): () => void {
  let isFull = false;
  const look = async () => {
    const free = await freeBytes(folder).catch(() => Infinity);
    if (free < minFreeBytes === isFull) return;
    isFull = !isFull;
    onEvent(
      isFull
        ? `the disk of ${folder} is full (${free} bytes left): work stands still until there is space`
        : `the disk of ${folder} has space again`,
    );
  };
  const timer = setInterval(() => void look(), diskMilliseconds);
  return () => clearInterval(timer);
}

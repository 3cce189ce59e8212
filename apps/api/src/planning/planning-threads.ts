/**
 * Worker threads for work whose size a request or a stored record chooses: however long it takes, the event loop
 * goes on. A task that is over its time or memory ends its thread and is refused, not the ones after it. The time is
 * the processor's, from the task's own start: a busy machine makes no sweep too large. How many may wait is bounded.
 */
import { readFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { Bug, type ErrorKind, InvalidInput, Unavailable, errorOfKind, codeOf } from '@honyaku/contracts';
import { type Tasks } from './tasks.ts';

export interface ToThread {
  readonly name: keyof Tasks;
  readonly args: never;
}

export type FromThread =
  /** Once, when it is loaded; names the thread in /proc where there is one. */
  | { readonly type: 'ready'; readonly thread: string | undefined }
  | { readonly type: 'doing'; readonly what: string }
  | { readonly type: 'result'; readonly result: unknown }
  | { readonly type: 'error'; readonly kind: ErrorKind; readonly message: string };

export interface ThreadSettings {
  readonly threads?: number;
  /** Of processor time, of one task. */
  readonly limitMilliseconds?: number;
  readonly limitMegabytes?: number;
  /** Tasks that may wait for a thread. */
  readonly mostWaiting?: number;
}

interface Job {
  readonly name: keyof Tasks;
  readonly args: unknown;
  resolve(result: unknown): void;
  reject(error: Error): void;
}

/** A thread that is loaded. */
interface Thread {
  readonly worker: Worker;
  readonly cpu: string | undefined;
}

/** Looks at a task's time, in the time that it may take. */
const looks = 20;
/** By the clock a task may take so many times its limit. */
const slowest = 6;
const advice = 'give it fewer trials, parameters, values or conditions';
const script = new URL('./thread.mjs', import.meta.url);

export class PlanningThreads {
  private readonly idle: Thread[] = [];
  private readonly all = new Set<Worker>();
  private readonly waiting: Job[] = [];
  private readonly settings: Required<ThreadSettings>;
  private starting = 0;
  private stopped = false;

  constructor(settings: ThreadSettings = {}) {
    this.settings = {
      threads: 2,
      limitMilliseconds: 5_000,
      limitMegabytes: 512,
      mostWaiting: 64,
      ...settings,
    };
  }

  /** @throws Unavailable when too many tasks wait; InvalidInput when it is too large; what the task throws */
  run<Name extends keyof Tasks>(
    name: Name,
    args: Parameters<Tasks[Name]>[0],
  ): Promise<ReturnType<Tasks[Name]>> {
    return new Promise<ReturnType<Tasks[Name]>>((resolve, reject) => {
      if (this.stopped) return reject(new Unavailable('the API is stopping'));
      const job = { name, args, resolve, reject };
      // What is stored goes first, and nobody could ask for it again.
      if (name === 'planned') this.waiting.unshift(job);
      else if (this.waiting.length < this.settings.mostWaiting) this.waiting.push(job);
      else reject(new Unavailable('too many requests wait to be read and planned; try again later'));
      this.next();
    });
  }

  async stop(): Promise<void> {
    this.stopped = true;
    for (const { reject } of this.waiting.splice(0)) reject(new Unavailable('the API is stopping'));
    await Promise.all([...this.all].map((thread) => thread.terminate()));
  }

  private next(): void {
    if (this.stopped) return;
    if (this.waiting.length > this.idle.length + this.starting) this.start();
    for (let thread = this.idle.pop(); thread; thread = this.idle.pop()) {
      const job = this.waiting.shift();
      if (job) this.give(thread, job);
      else return void this.idle.push(thread);
    }
  }

  /** Loads a thread, which takes a moment, before there is something to do. */
  start(): void {
    if (this.all.size >= this.settings.threads) return;
    const worker = new Worker(script, {
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: this.settings.limitMegabytes },
    });
    // A thread that waits keeps no process from its end.
    worker.unref();
    this.all.add(worker);
    this.starting += 1;
    let isReady = false;
    const started = () => {
      if (!isReady) this.starting -= 1;
      isReady = true;
    };
    worker.once('message', (message: FromThread) => {
      started();
      worker.off('error', unusable);
      this.idle.push({ worker, cpu: message.type === 'ready' ? message.thread : undefined });
      this.next();
    });
    const unusable = (cause: Error) => {
      const error = new Bug(`planning threads do not start: ${cause.message}`, { cause });
      for (const { reject } of this.waiting.splice(0)) reject(error);
    };
    worker.once('error', unusable);
    worker.once('exit', () => {
      started();
      this.all.delete(worker);
      this.next();
    });
  }

  private give(thread: Thread, { name, args, resolve, reject }: Job): void {
    const { worker } = thread;
    const { limitMilliseconds, limitMegabytes } = this.settings;
    let doing = 'the request';
    const before = spent(thread);
    const begun = performance.now();
    const timer = setInterval(() => {
      const isOver = spent(thread) - before > limitMilliseconds;
      if (isOver || performance.now() - begun > slowest * limitMilliseconds)
        lose(new InvalidInput(`${doing}: takes more than ${limitMilliseconds / 1000} s; ${advice}`));
    }, limitMilliseconds / looks);
    const finish = () => {
      clearInterval(timer);
      worker.removeAllListeners('message');
      worker.removeAllListeners('error');
    };
    const lose = (error: Error) => {
      finish();
      worker.on('error', () => undefined);
      void worker.terminate();
      reject(error);
    };
    worker.on('message', (message: FromThread) => {
      if (message.type === 'doing') doing = message.what;
      if (message.type !== 'result' && message.type !== 'error') return;
      finish();
      if (message.type === 'error') reject(errorOfKind(message.kind, message.message));
      else resolve(message.result);
      this.idle.push(thread);
      this.next();
    });
    worker.on('error', (cause) => {
      const full = codeOf(cause) === 'ERR_WORKER_OUT_OF_MEMORY';
      const message = `${doing}: takes more than ${limitMegabytes} MB; ${advice}`;
      lose(full ? new InvalidInput(message) : new Bug(`a planning thread: ${cause.message}`, { cause }));
    });
    worker.postMessage({ name, args });
  }
}

/** Milliseconds of the processor that the thread has had; by the clock where the system does not tell. */
function spent({ cpu }: Thread): number {
  try {
    if (cpu !== undefined) return Number(readFileSync(`/proc/${cpu}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
  } catch {
    // It has ended.
  }
  return performance.now();
}

/**
 * Worker threads for work whose size depends on a request or a stored record, so that it never blocks the event loop.
 * A task that exceeds its limit of time or memory is refused and its thread is ended; queued tasks are not affected.
 * The limit is in CPU time of the task, so that a sweep is not refused for a busy machine: one that has no result in time
 * for the answer to its request is to be sent again. The queue is bounded.
 */
import { readFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import {
  Bug,
  type ErrorKind,
  InvalidInput,
  Unavailable,
  answerSeconds,
  codeOf,
  errorOfKind,
} from '@honyaku/contracts';
import { type Tasks } from './tasks.ts';

export interface ToThread {
  readonly name: keyof Tasks;
  readonly args: never;
}

export type FromThread =
  /** Sent once, when the thread is loaded; names the thread in `/proc`, where there is one. */
  | { readonly type: 'ready'; readonly thread: string | undefined }
  | { readonly type: 'activity'; readonly activity: string }
  | { readonly type: 'result'; readonly result: unknown }
  | { readonly type: 'error'; readonly kind: ErrorKind; readonly message: string };

export interface ThreadSettings {
  readonly threads?: number;
  /** CPU time of one task. */
  readonly limitMilliseconds?: number;
  /** Wall-clock time of one task, from the moment at which it is given; of one for a stored sweep, from its start. */
  readonly wallClockMilliseconds?: number;
  readonly limitMegabytes?: number;
  /** Tasks that may wait for a thread. */
  readonly maxWaiting?: number;
}

interface Job {
  readonly name: keyof Tasks;
  readonly args: unknown;
  resolve(result: unknown): void;
  reject(error: Error): void;
}

interface TimedJob extends Job {
  /** In milliseconds of `performance.now()`; absent for tasks that wait for a thread as long as it takes. */
  readonly deadline?: number;
  /** Refuses the task at its deadline while it waits. */
  readonly timer?: NodeJS.Timeout;
}

/** A loaded thread. */
interface Thread {
  readonly worker: Worker;
  /** Its name in `/proc`. */
  readonly name: string | undefined;
}

/** How often a task's time is checked within its limit. */
const checksPerLimit = 20;
const advice = 'give it fewer trials, parameters, values or conditions';
const script = new URL('./thread.mjs', import.meta.url);

export class PlanningThreads {
  private readonly idle: Thread[] = [];
  private readonly all = new Set<Worker>();
  private readonly waiting: TimedJob[] = [];
  private readonly settings: Required<ThreadSettings>;
  private starting = 0;
  private stopped = false;

  constructor(settings: ThreadSettings = {}) {
    this.settings = {
      threads: 2,
      limitMilliseconds: 5_000,
      // The client of the request still waits for the answer then.
      wallClockMilliseconds: (2 * answerSeconds * 1000) / 3,
      limitMegabytes: 512,
      maxWaiting: 64,
      ...settings,
    };
  }

  /**
   * @throws Unavailable when too many tasks wait, or the machine is too busy for this one; InvalidInput when the task
   *   exceeds a limit; what the task throws
   */
  run<Name extends keyof Tasks>(
    name: Name,
    args: Parameters<Tasks[Name]>[0],
  ): Promise<ReturnType<Tasks[Name]>> {
    return new Promise<ReturnType<Tasks[Name]>>((resolve, reject) => {
      if (this.stopped) return reject(new Unavailable('the API is stopping'));
      const job = { name, args, resolve, reject };
      // Tasks for stored sweeps go first and wait as long as it takes, as no client would repeat them.
      if (name === 'planned') this.waiting.unshift(job);
      else if (this.waiting.length < this.settings.maxWaiting) this.waiting.push(this.timed(job));
      else reject(new Unavailable('too many requests are waiting to be planned; try again later'));
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
      clearTimeout(job?.timer);
      if (job) this.assign(thread, job);
      else return void this.idle.push(thread);
    }
  }

  /** A task that is refused unless a thread takes it in time. */
  private timed(job: Job): TimedJob {
    const { wallClockMilliseconds } = this.settings;
    const refuse = () => {
      const index = this.waiting.indexOf(waiting);
      if (index < 0) return;
      this.waiting.splice(index, 1);
      const seconds = wallClockMilliseconds / 1000;
      job.reject(
        new Unavailable(
          `the request waited ${seconds} s for others to be planned: the machine is busy; try again later`,
        ),
      );
    };
    const timer = setTimeout(refuse, wallClockMilliseconds).unref();
    const waiting = { ...job, deadline: performance.now() + wallClockMilliseconds, timer };
    return waiting;
  }

  /** Starts a thread ahead of its first task, since loading takes a moment. */
  start(): void {
    if (this.all.size >= this.settings.threads) return;
    const worker = new Worker(script, {
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: this.settings.limitMegabytes },
    });
    // An idle thread must not keep the process alive.
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
      this.idle.push({ worker, name: message.type === 'ready' ? message.thread : undefined });
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

  private assign(thread: Thread, { name, args, deadline, resolve, reject }: TimedJob): void {
    const { worker } = thread;
    const { limitMilliseconds, wallClockMilliseconds, limitMegabytes } = this.settings;
    let activity = 'the request';
    const before = cpuMilliseconds(thread);
    const late = deadline ?? performance.now() + wallClockMilliseconds;
    const timer = setInterval(() => {
      const seconds = limitMilliseconds / 1000;
      if (cpuMilliseconds(thread) - before > limitMilliseconds)
        abandon(new InvalidInput(`${activity}: takes more than ${seconds} s; ${advice}`));
      else if (performance.now() > late)
        abandon(
          new Unavailable(
            `${activity}: not done after ${wallClockMilliseconds / 1000} s, of which it had a processor for less than ${seconds} s: the machine is busy; try again later`,
          ),
        );
    }, limitMilliseconds / checksPerLimit);
    const finish = () => {
      clearInterval(timer);
      worker.removeAllListeners('message');
      worker.removeAllListeners('error');
    };
    const abandon = (error: Error) => {
      finish();
      worker.on('error', () => undefined);
      void worker.terminate();
      reject(error);
    };
    worker.on('message', (message: FromThread) => {
      if (message.type === 'activity') activity = message.activity;
      if (message.type !== 'result' && message.type !== 'error') return;
      finish();
      if (message.type === 'error') reject(errorOfKind(message.kind, message.message));
      else resolve(message.result);
      this.idle.push(thread);
      this.next();
    });
    worker.on('error', (cause) => {
      const isOutOfMemory = codeOf(cause) === 'ERR_WORKER_OUT_OF_MEMORY';
      const message = `${activity}: takes more than ${limitMegabytes} MB; ${advice}`;
      abandon(
        isOutOfMemory
          ? new InvalidInput(message)
          : new Bug(`a planning thread failed: ${cause.message}`, { cause }),
      );
    });
    worker.postMessage({ name, args });
  }
}

/** CPU time of the thread; wall-clock time where the system does not report it. */
function cpuMilliseconds({ name }: Thread): number {
  try {
    if (name !== undefined)
      return Number(readFileSync(`/proc/${name}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
  } catch {
    // The thread has ended.
  }
  return performance.now();
}

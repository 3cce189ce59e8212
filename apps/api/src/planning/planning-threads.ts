/**
 * Worker threads for work whose size a request or a stored record chooses: however long it takes, the event loop
 * goes on. A task that is over its time or memory ends its thread and is refused, not the ones after it; the time
 * counts from the task's own start, and how many may wait is bounded.
 */
import { Worker } from 'node:worker_threads';
import { Bug, type ErrorKind, InvalidInput, Unavailable, errorOfKind } from '@honyaku/contracts';
import { type Tasks } from './tasks.ts';

export interface ToThread {
  readonly name: keyof Tasks;
  readonly args: never;
}

export type FromThread =
  | { readonly type: 'doing'; readonly what: string }
  | { readonly type: 'result'; readonly result: unknown }
  | { readonly type: 'error'; readonly kind: ErrorKind; readonly message: string };

export interface ThreadSettings {
  readonly threads?: number;
  /** Of one task. */
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

const advice = 'give it fewer trials, parameters, values or conditions';
const script = new URL('./thread.mjs', import.meta.url);

export class PlanningThreads {
  private readonly idle: Worker[] = [];
  private readonly all = new Set<Worker>();
  private readonly waiting: Job[] = [];
  private readonly settings: Required<ThreadSettings>;
  private stopped = false;

  constructor(settings: ThreadSettings = {}) {
    this.settings = {
      threads: 2,
      limitMilliseconds: 10_000,
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
      if (this.waiting.length >= this.settings.mostWaiting)
        return reject(new Unavailable('too many requests wait to be read and planned; try again later'));
      this.waiting.push({ name, args, resolve, reject });
      this.next();
    });
  }

  async stop(): Promise<void> {
    this.stopped = true;
    for (const { reject } of this.waiting.splice(0)) reject(new Unavailable('the API is stopping'));
    await Promise.all([...this.all].map((thread) => thread.terminate()));
  }

  private next(): void {
    if (this.waiting.length === 0 || this.stopped) return;
    const thread = this.idle.pop() ?? this.started();
    const job = thread && this.waiting.shift();
    if (thread && job) this.give(thread, job);
  }

  private started(): Worker | undefined {
    if (this.all.size >= this.settings.threads) return undefined;
    const thread = new Worker(script, {
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: this.settings.limitMegabytes },
    });
    // A thread that waits keeps no process from its end.
    thread.unref();
    this.all.add(thread);
    thread.once('exit', () => {
      this.all.delete(thread);
      this.next();
    });
    return thread;
  }

  private give(thread: Worker, { name, args, resolve, reject }: Job): void {
    const { limitMilliseconds, limitMegabytes } = this.settings;
    let doing = 'the request';
    const timer = setTimeout(() => {
      lose(new InvalidInput(`${doing}: takes more than ${limitMilliseconds / 1000} s; ${advice}`));
    }, limitMilliseconds);
    const finish = () => {
      clearTimeout(timer);
      thread.removeAllListeners('message');
      thread.removeAllListeners('error');
    };
    const lose = (error: Error) => {
      finish();
      thread.on('error', () => undefined);
      void thread.terminate();
      reject(error);
    };
    thread.on('message', (message: FromThread) => {
      if (message.type === 'doing') {
        doing = message.what;
        return;
      }
      finish();
      this.idle.push(thread);
      if (message.type === 'error') reject(errorOfKind(message.kind, message.message));
      else resolve(message.result);
      this.next();
    });
    thread.on('error', (cause) => {
      const full = 'code' in cause && cause.code === 'ERR_WORKER_OUT_OF_MEMORY';
      const message = `${doing}: takes more than ${limitMegabytes} MB; ${advice}`;
      lose(full ? new InvalidInput(message) : new Bug(`a planning thread: ${cause.message}`, { cause }));
    });
    thread.postMessage({ name, args });
  }
}

/** One long-lived child process that does the tensor work; requests go in one at a time. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { getPriority, setPriority } from 'node:os';
import { fileURLToPath } from 'node:url';
import {
  Bug,
  Cancelled,
  ChildLost,
  errorOfKind,
  giveBackSeconds,
  messageOf,
  Unavailable,
} from '@honyaku/contracts';
import { z } from 'zod';
import { type Protocol, type ToChild, ToParent } from './protocol.ts';

/** Niceness of the child, on the scale from -20 to 19; 10 gets a tenth of the time of 0 where both want it. */
const niceness = 10;

export interface RequestOptions<Progress> {
  /** Variables that a native library reads at its start; another set than the running child's restarts it. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly onProgress?: (progress: Progress) => void;
  /**
   * Aborting asks the child to stop when it next yields to its event loop, and kills it if it does not stop in time; the
   * request then rejects as Cancelled.
   */
  readonly signal?: AbortSignal;
  /** The child is killed when it takes longer. */
  readonly limitSeconds?: number;
}

const stopGraceSeconds = 2;

export class TensorProcess<P extends Protocol> {
  private readonly protocol: P;
  private readonly script: string;
  private child: ChildProcess | undefined;
  private environment = '';
  private lastId = 0;
  private turn: Promise<unknown> = Promise.resolve();

  /** @param script module that calls `serve` with the same protocol */
  constructor(protocol: P, script: URL) {
    this.protocol = protocol;
    this.script = fileURLToPath(script);
  }

  /** Process id of the running child, if there is one. */
  get pid(): number | undefined {
    return this.child?.pid;
  }

  /**
   * Starts the child if there is none and waits for its answer; requests wait for each other.
   * @throws ChildLost; what the handler threw
   */
  request<Name extends keyof P & string>(
    name: Name,
    payload: z.output<P[Name]['payload']>,
    options: RequestOptions<z.output<P[Name]['progress']>> = {},
  ): Promise<z.output<P[Name]['result']>> {
    const answer = this.turn.then(() => this.ask(name, payload, options));
    this.turn = answer.catch(() => undefined);
    return answer;
  }

  /** Ends the child; the next request starts another. */
  async stop(): Promise<void> {
    const { child } = this;
    this.child = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    if (child.connected) child.disconnect();
    const late = setTimeout(() => child.kill('SIGKILL'), stopGraceSeconds * 1000);
    await gone;
    clearTimeout(late);
  }

  private async ask<Name extends keyof P & string>(
    name: Name,
    payload: z.output<P[Name]['payload']>,
    options: RequestOptions<z.output<P[Name]['progress']>>,
  ): Promise<z.output<P[Name]['result']>> {
    const call = this.protocol[name];
    if (!call) throw new Bug(`no request ${name}`);
    const progress: P[Name]['progress'] = call.progress;
    const result: P[Name]['result'] = call.result;
    if (options.signal?.aborted) throw new Cancelled(`${name} was stopped before it began`);
    const child = await this.running(options.environment ?? {});
    this.lastId += 1;
    const id = this.lastId;
    const timers: NodeJS.Timeout[] = [];
    const killAfter = (seconds: number) =>
      timers.push(setTimeout(() => child.kill('SIGKILL'), seconds * 1000));
    const cancel = () => {
      send(child, { type: 'cancel', id });
      killAfter(giveBackSeconds);
    };
    // The end of a child that was told to stop, most likely by its parent's kill, says nothing of the work.
    const lost = (reason: string) =>
      options.signal?.aborted
        ? new Cancelled(`${name} was stopped before it could give back its work: ${reason}`)
        : new ChildLost(reason);
    const listeners = new AbortController();
    try {
      return await new Promise((resolve, reject) => {
        const onMessage = (raw: unknown) => {
          // An error here fails the request; thrown out of a listener it would end the whole process.
          try {
            const message = ToParent.parse(raw);
            if (message.id !== id) return;
            if (message.type === 'progress') options.onProgress?.(z.parse(progress, message.progress));
            else if (message.type === 'result') resolve(z.parse(result, message.result));
            else if (message.kind === 'ChildLost') reject(lost(message.message));
            else reject(errorOfKind(message.kind, message.message));
          } catch (cause) {
            reject(new Bug(`${name}: ${messageOf(cause)}`, { cause }));
          }
        };
        const onExit = (code: number | null, signal: string | null) =>
          reject(lost(`the tensor process ended in ${name} (${signal ?? `exit code ${code}`})`));
        child.on('message', onMessage);
        child.once('exit', onExit);
        listeners.signal.addEventListener('abort', () => {
          child.off('message', onMessage);
          child.off('exit', onExit);
        });
        if (options.limitSeconds !== undefined) killAfter(options.limitSeconds);
        send(child, { type: 'request', id, name, payload: z.encode(call.payload, payload) });
        if (options.signal?.aborted) cancel();
        options.signal?.addEventListener('abort', cancel, { signal: listeners.signal });
      });
    } finally {
      listeners.abort();
      timers.forEach(clearTimeout);
    }
  }

  private async running(environment: Readonly<Record<string, string>>): Promise<ChildProcess> {
    const wanted = JSON.stringify(environment);
    if (this.child && (this.environment !== wanted || !this.child.connected)) await this.stop();
    if (this.child) return this.child;
    const child = fork(this.script, [], {
      serialization: 'advanced',
      execArgv: ['--import', import.meta.resolve('tsx')],
      env: { ...withoutSecrets(process.env), ...environment },
    });
    // The child's exit fails its request; a write to a child that has just died must not end the parent.
    child.on('error', () => undefined);
    if (child.pid === undefined) throw new Unavailable('the system cannot start the tensor process');
    lowerPriority(child.pid);
    child.once('exit', () => {
      if (this.child === child) this.child = undefined;
    });
    this.child = child;
    this.environment = wanted;
    return child;
  }
}

/** Lowers the priority of a process that computes for minutes below those that have to answer in time. */
function lowerPriority(pid: number): void {
  try {
    setPriority(pid, Math.max(niceness, getPriority()));
  } catch {
    // It has ended already, which fails its request.
  }
}

function send(child: ChildProcess, message: ToChild): void {
  child.send(message, () => undefined);
}

/** The child reads and writes local files only; what opens the bucket or Redis stays with its parent. */
export function withoutSecrets(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(environment).filter(([name]) => !/^(AWS_|HONYAKU_(REDIS|S3|API_TOKEN))/.test(name)),
  );
}

/**
 * One of our own programs as a child process: started with its output in a log file, ready when it says
 * so over HTTP, started again when it dies, and gone when we are, also when we are killed -9.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { setTimeout as delay } from 'node:timers/promises';
import { Cancelled, Unavailable, paths } from '@honyaku/contracts';
import { tiedCommand } from '@honyaku/embedded';

export interface ServiceSettings {
  readonly name: string;
  /** TypeScript file, from the repository's root. */
  readonly program: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly logFile: string;
  /** On loopback; `/readyz` answers there. */
  readonly port: number;
  readonly maxWaitSeconds: number;
  /** Seconds from SIGTERM to SIGKILL. */
  readonly graceSeconds: number;
  /** Gets a sentence when the service died and when it is started again. */
  readonly onEvent: (sentence: string) => void;
}

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;

/** Seconds before the next start; a service that lived for a while begins anew. */
const backoff = { first: 1, most: 30, forgottenAfter: 60 };

export class Service {
  private child: ChildProcess | undefined;
  private stopping = false;
  private wait = backoff.first;
  private restart: NodeJS.Timeout | undefined;

  constructor(private readonly settings: ServiceSettings) {}

  get name(): string {
    return this.settings.name;
  }

  /** Of the process that runs now; undefined between two. */
  get pid(): number | undefined {
    return this.child?.pid;
  }

  /**
   * Starts the process and waits until it is ready; from then on it is started again when it dies.
   * @throws Unavailable with the last lines of its log when it ends or is not ready in time; Cancelled when `interrupted`
   */
  async start(interrupted: AbortSignal): Promise<void> {
    const { name, logFile, port, maxWaitSeconds } = this.settings;
    const child = this.launch('w');
    const ended = new AbortController();
    const failure = once(child, 'exit').then(
      () => 'ended at its start',
      (cause: unknown) => `did not start (${String(cause)})`,
    );
    void failure.then(() => ended.abort());
    const timeUp = AbortSignal.timeout(maxWaitSeconds * 1000);
    const ready = await untilReady(port, AbortSignal.any([interrupted, ended.signal, timeUp]));
    if (interrupted.aborted) throw new Cancelled('interrupted');
    if (!ready) {
      const why = ended.signal.aborted ? await failure : `was not ready within ${maxWaitSeconds} s`;
      throw new Unavailable(`${name} ${why}; the end of ${logFile}:\n${lastLines(logFile)}`);
    }
    this.superviseFrom(child, performance.now());
  }

  /** Asks the process to end, makes it end when it does not, and resolves when it is gone. */
  async stop(): Promise<void> {
    this.stopping = true;
    clearTimeout(this.restart);
    const child = this.child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    const late = setTimeout(() => child.kill('SIGKILL'), this.settings.graceSeconds * 1000);
    await ended;
    clearTimeout(late);
  }

  private launch(logMode: 'w' | 'a'): ChildProcess {
    const { program, environment, logFile } = this.settings;
    const log = openSync(logFile, logMode, 0o600);
    const tied = tiedCommand([process.execPath, '--import', tsx, program]);
    const child = spawn(tied.program, tied.arguments, {
      // tsx finds tsconfig.json here.
      cwd: root,
      env: environment,
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    child.on('exit', () => endGroup(child.pid));
    this.child = child;
    return child;
  }

  private superviseFrom(child: ChildProcess, started: number): void {
    const { name, onEvent } = this.settings;
    const again = () => {
      if (this.stopping) return;
      const seconds = (performance.now() - started) / 1000;
      if (seconds > backoff.forgottenAfter) this.wait = backoff.first;
      const end = child.signalCode ?? `exit code ${child.exitCode}`;
      onEvent(`${name} died (${end}); it is started again in ${this.wait} s`);
      this.restart = setTimeout(() => {
        this.superviseFrom(this.launch('a'), performance.now());
      }, this.wait * 1000);
      this.wait = Math.min(backoff.most, this.wait * 2);
    };
    if (child.exitCode !== null || child.signalCode !== null) again();
    else child.once('exit', again);
  }
}

/** Nothing that the process started outlives it. */
function endGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // The usual case: the group is empty.
  }
}

async function untilReady(port: number, stop: AbortSignal): Promise<boolean> {
  const url = `http://127.0.0.1:${port}${paths.ready}`;
  while (!stop.aborted) {
    const signal = AbortSignal.any([stop, AbortSignal.timeout(5_000)]);
    const ready = await fetch(url, { signal }).then(
      async (answer) => {
        await answer.body?.cancel();
        return answer.ok;
      },
      () => false,
    );
    if (ready) return true;
    await delay(100, undefined, { signal: stop }).catch(() => undefined);
  }
  return false;
}

function lastLines(logFile: string): string {
  const lines = readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-10).join('\n');
  return lines === '' ? '(nothing is in it)' : lines;
}

/**
 * One of our programs as a process that can be killed, frozen and started again, as a node of a cluster would
 * do to it. It dies with this process, also when that is killed -9.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Cancelled, Unavailable, giveBackSeconds, routes } from '@honyaku/contracts';
import { answersWell, lastLines, tiedCommand, until } from '@honyaku/embedded';

const thisTree = (): Place => ({
  folder: fileURLToPath(new URL('../../../', import.meta.url)),
  command: [process.execPath],
  environment: Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(?:HONYAKU|AWS)_/.test(name) || passedOn.has(name)),
  ),
});
/** Of the user's variables: connections, names and roles are for other servers than those that we start. */
const passedOn: ReadonlySet<string> = new Set([
  'HONYAKU_HOME',
  'HONYAKU_DEVICE',
  'HONYAKU_CACHE_BYTES',
  'HONYAKU_CHECKPOINT_SECONDS',
  'HONYAKU_WEBHOOK_SECRET',
]);
/** Its end is seen; a busy machine takes long to start it, and one that hangs is not waited for for ever. */
const usualReadySeconds = 900;
const askMilliseconds = 50;
const answerMilliseconds = 5_000;
/** No program takes longer than a worker that gives its job back, and ends. */
const stopSeconds = giveBackSeconds + 10;
const neverInterrupted = new AbortController().signal;

export interface ProgramSettings {
  readonly name: string;
  /** TypeScript file, from the place's folder. */
  readonly script: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly logFile: string;
  /** On loopback; it serves once `/readyz` answers there. */
  readonly port: number;
  readonly readySeconds?: number;
  /** This tree and this Node when left out. */
  readonly place?: Place;
}

/** Where a program lies and what runs it. */
export interface Place {
  readonly folder: string;
  /** Node, with what goes before it. */
  readonly command: readonly string[];
  /** To which the program's own is added. */
  readonly environment: NodeJS.ProcessEnv;
}

export class Program {
  private child: ChildProcess | undefined;

  constructor(private readonly settings: ProgramSettings) {}

  get name(): string {
    return this.settings.name;
  }

  /** `127.0.0.1:<port>` */
  get address(): string {
    return `127.0.0.1:${this.settings.port}`;
  }

  get url(): string {
    return `http://${this.address}`;
  }

  /** @throws Unavailable when it does not run */
  get pid(): number {
    const pid = this.child?.pid;
    if (pid === undefined) throw new Unavailable(`${this.name} does not run`);
    return pid;
  }

  get runs(): boolean {
    return this.child?.pid !== undefined && this.child.exitCode === null && this.child.signalCode === null;
  }

  /**
   * Starts it and waits until it serves.
   * @throws Unavailable with the end of its log when it ends, or is not ready in time; Cancelled when `interrupted`
   */
  async start(interrupted?: AbortSignal): Promise<void> {
    this.launch();
    await this.ready(interrupted);
  }

  /** Resolves when it serves; for what it throws see `start`. */
  async ready(interrupted = neverInterrupted): Promise<void> {
    const { name, logFile, readySeconds: seconds = usualReadySeconds } = this.settings;
    const wait = { what: `answer from ${name} at ${this.url}`, seconds, logFile };
    const isReady = await until({ ...wait, everyMilliseconds: askMilliseconds }, async () => {
      if (!this.runs || interrupted.aborted) return false;
      return (await answersWell(`${this.url}${routes.ready.path}`, answerMilliseconds)) ? true : undefined;
    });
    if (interrupted.aborted) throw new Cancelled('interrupted');
    if (isReady) return;
    throw new Unavailable(`${name} ended at its start; the end of ${logFile}:\n${lastLines(logFile)}`);
  }

  /** Starts it, whether it comes to serve or not. */
  launch(): ChildProcess {
    const { script, environment, logFile, place = thisTree() } = this.settings;
    const log = openSync(logFile, 'a', 0o600);
    const tied = tiedCommand([...place.command, '--import', 'tsx', script]);
    this.child = spawn(tied.program, tied.arguments, {
      // tsx finds tsconfig.json here.
      cwd: place.folder,
      env: { ...place.environment, ...environment },
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    // A program that is not there, or no process to be had: it does not run.
    this.child.on('error', () => undefined);
    return this.child;
  }

  /** Starts it, though it is expected to end by itself. @returns its exit code */
  async runToEnd(): Promise<number | null> {
    const child = this.launch();
    await once(child, 'exit');
    return child.exitCode;
  }

  log(): string {
    return readFileSync(this.settings.logFile, 'utf8');
  }

  /** SIGKILL; resolves when it is gone. */
  async kill(): Promise<void> {
    await this.end('SIGKILL');
  }

  /** SIGTERM, and SIGKILL when it has had its time. @returns the exit code */
  async terminate(graceSeconds = stopSeconds): Promise<number | null> {
    return this.end('SIGTERM', graceSeconds);
  }

  /** Stops it and its children, as when a node's clock stands still. */
  freeze(): void {
    for (const pid of [this.pid, ...this.childrenOf('')]) process.kill(pid, 'SIGSTOP');
  }

  thaw(): void {
    for (const pid of [...this.childrenOf(''), this.pid]) process.kill(pid, 'SIGCONT');
  }

  /** Process ids of its children whose command names `script`. */
  childrenOf(script: string): number[] {
    const children = readFileSync(`/proc/${this.pid}/task/${this.pid}/children`, 'utf8').trim().split(' ');
    return children.filter((pid) => pid !== '' && commandOf(pid).includes(script)).map(Number);
  }

  private async end(signal: NodeJS.Signals, graceSeconds = stopSeconds): Promise<number | null> {
    const { child } = this;
    if (!child || !this.runs) return child?.exitCode ?? null;
    const gone = once(child, 'exit');
    child.kill(signal);
    const late = setTimeout(() => child.kill('SIGKILL'), graceSeconds * 1000);
    await gone;
    clearTimeout(late);
    return child.exitCode;
  }
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

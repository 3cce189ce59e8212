/**
 * One of our programs as a process that can be killed, frozen and started again, as a node of a cluster would
 * do to it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Unavailable } from '@honyaku/contracts';
import { answersWell } from './answers.ts';
import { lastLines, until } from './until.ts';

const thisTree: Place = {
  folder: fileURLToPath(new URL('../../', import.meta.url)),
  command: [process.execPath],
  environment: process.env,
};
/** It is seen when it ends; a busy machine takes long to start it. */
const usualReadySeconds = 300;
const askMilliseconds = 50;
const answerMilliseconds = 2_000;
const stopSeconds = 70;

export interface ProgramSettings {
  readonly name: string;
  /** TypeScript file, from the place's folder. */
  readonly script: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly logFile: string;
  /** Answers 200 once it serves. */
  readonly readyUrl: string;
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

  get pid(): number {
    const pid = this.child?.pid;
    if (pid === undefined) throw new Unavailable(`${this.name} does not run`);
    return pid;
  }

  get runs(): boolean {
    return this.child !== undefined && this.child.exitCode === null && this.child.signalCode === null;
  }

  /** @throws Unavailable with the end of its log when it ends, or is not ready in time */
  async start(): Promise<void> {
    const { script, environment, logFile, place = thisTree } = this.settings;
    const log = openSync(logFile, 'a', 0o600);
    this.child = spawn('setpriv', ['--pdeathsig', 'KILL', ...place.command, '--import', 'tsx', script], {
      cwd: place.folder,
      env: { ...place.environment, ...environment },
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    await this.ready();
  }

  log(): string {
    return readFileSync(this.settings.logFile, 'utf8');
  }

  /** SIGKILL; resolves when it is gone. */
  async kill(): Promise<void> {
    await this.end('SIGKILL');
  }

  /** SIGTERM, and SIGKILL when the grace is over. @returns the exit code */
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

  private async ready(): Promise<void> {
    const { name, logFile, readyUrl, readySeconds: seconds = usualReadySeconds } = this.settings;
    const wait = { what: `answer of ${name} at ${readyUrl}`, seconds, logFile };
    const ready = await until({ ...wait, everyMilliseconds: askMilliseconds }, async () => {
      if (!this.runs) return false;
      return (await answersWell(readyUrl, answerMilliseconds)) ? true : undefined;
    });
    if (!ready) throw new Unavailable(`${name} ended before it was ready:\n${lastLines(logFile)}`);
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

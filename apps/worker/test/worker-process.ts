import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));

/** A real worker in a process of its own. */
export class WorkerProcess {
  private readonly child: ChildProcess;
  private readonly exit: Promise<unknown>;
  private output = '';
  private errors = '';

  constructor(environment: Readonly<Record<string, string>>) {
    this.child = spawn(process.execPath, ['--import', 'tsx', main], {
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.exit = once(this.child, 'close');
    this.child.stdout?.on('data', (chunk) => (this.output += String(chunk)));
    this.child.stderr?.on('data', (chunk) => (this.errors += String(chunk)));
  }

  /** Resolves when it takes jobs. */
  async serving(): Promise<void> {
    while (!this.output.includes('honyaku worker serves')) {
      const ended = await Promise.race([this.exit.then(() => true), delay(50, false)]);
      if (ended) throw new Error(`the worker ended at its start: ${this.errors}`);
    }
  }

  /** What Prometheus would scrape. */
  async metrics(): Promise<string> {
    const port = /"listening":\[\{[^}]*"port":(\d+)/.exec(this.output)?.[1];
    return (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  }

  /** Process id of the child that trains: the one of its children that runs its script. */
  tensorProcess(): number {
    const { pid } = this.child;
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').map(Number);
    const training = children.find((child) =>
      readFileSync(`/proc/${child}/cmdline`, 'utf8').includes('trial-child'),
    );
    if (training === undefined) throw new Error('the worker has no tensor process');
    return training;
  }

  /** Sends a signal and resolves with the exit code. */
  async signal(name: NodeJS.Signals): Promise<number | null> {
    this.child.kill(name);
    await this.exit;
    return this.child.exitCode;
  }

  async kill(): Promise<void> {
    await this.signal('SIGKILL');
  }

  /** Resolves when it has ended by itself. */
  async end(): Promise<{ status: number | null; stderr: string }> {
    await this.exit;
    return { status: this.child.exitCode, stderr: this.errors };
  }
}

/** Resolves when there is no such process. */
export async function gone(pid: number): Promise<void> {
  for (;;) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    await delay(20);
  }
}

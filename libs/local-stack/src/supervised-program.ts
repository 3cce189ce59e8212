/** A program that is started again when it dies, until it is stopped; nothing that it started outlives it. */
import { type ChildProcess } from 'node:child_process';
import { type Program } from './program.ts';

/** Seconds before the next start; a program that lived for a while begins anew. */
const backoff = { first: 1, most: 30, forgottenAfter: 60 };

export class SupervisedProgram {
  private stopping = false;
  private wait = backoff.first;
  private restart: NodeJS.Timeout | undefined;

  /** @param onEvent gets a sentence when the program died and when it is started again */
  constructor(
    private readonly program: Program,
    private readonly onEvent: (sentence: string) => void,
  ) {}

  get name(): string {
    return this.program.name;
  }

  /** Process id; undefined between two processes. */
  get pid(): number | undefined {
    return this.program.runs ? this.program.pid : undefined;
  }

  /**
   * Starts it and waits until it serves; from then on it is started again when it dies.
   * @throws Unavailable with the end of its log when it ends or is not ready in time; Cancelled when `interrupted`
   */
  async start(interrupted: AbortSignal): Promise<void> {
    const started = performance.now();
    const child = this.launch();
    await this.program.ready(interrupted);
    this.supervise(child, started);
  }

  /** SIGTERM, and SIGKILL when it has had its time; resolves when it is gone. */
  async stop(): Promise<void> {
    this.stopping = true;
    clearTimeout(this.restart);
    await this.program.terminate();
  }

  private launch(): ChildProcess {
    const child = this.program.launch();
    child.on('exit', () => endGroup(child.pid));
    return child;
  }

  private supervise(child: ChildProcess, started: number): void {
    const again = () => {
      if (this.stopping) return;
      const seconds = (performance.now() - started) / 1000;
      if (seconds > backoff.forgottenAfter) this.wait = backoff.first;
      const end = child.signalCode ?? `exit code ${child.exitCode}`;
      this.onEvent(`${this.name} died (${end}); it is started again in ${this.wait} s`);
      this.restart = setTimeout(() => this.supervise(this.launch(), performance.now()), this.wait * 1000);
      this.wait = Math.min(backoff.most, this.wait * 2);
    };
    if (child.exitCode !== null || child.signalCode !== null) again();
    else child.once('exit', again);
  }
}

function endGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // The usual case: the group is empty.
  }
}

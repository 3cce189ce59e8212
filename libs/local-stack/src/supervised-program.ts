/** A program that is started again when it dies, until it is stopped; nothing that it started outlives it. */
import { type ChildProcess } from 'node:child_process';
import { type Program } from './program.ts';
import { type RunningProcess, Supervision, type SupervisionEvents } from './supervision.ts';

export class SupervisedProgram {
  private readonly supervision: Supervision;

  constructor(
    private readonly program: Program,
    events: SupervisionEvents,
  ) {
    this.supervision = new Supervision(program.name, async () => this.launch(), events);
  }

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
    const since = performance.now();
    const process = this.launch();
    await this.program.ready(interrupted);
    this.supervision.begin(process, since);
  }

  /** SIGTERM, and SIGKILL when it has had its time; resolves when it is gone. */
  async stop(graceSeconds?: number): Promise<void> {
    await this.supervision.stop();
    await this.program.terminate(graceSeconds);
  }

  private launch(): RunningProcess {
    const child = this.program.launch();
    child.on('exit', () => endGroup(child.pid));
    return { ended: endOf(child) };
  }
}

function endOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
    // No process to be had: there is no exit then.
    child.once('error', (error) => resolve(error.message));
  });
}

function endGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // The usual case: the group is empty.
  }
}

import { Bug, fromJson } from '@honyaku/contracts';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { Milliseconds } from './setting.ts';

const limitSeconds = 600;

/** A process that carries out train steps when told and rests otherwise. */
export class Contestant {
  readonly #child;
  readonly #lines;

  constructor(
    readonly name: string,
    command: string,
    args: readonly string[],
    environment: Readonly<Record<string, string>>,
  ) {
    this.#child = spawn(command, args, {
      env: { ...process.env, ...environment },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    // Its end shows as the end of its lines.
    this.#child.on('error', () => undefined);
    this.#child.stdin.on('error', () => undefined);
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  /** Milliseconds of each of `count` train steps. @throws Bug when the process ends or takes too long */
  async steps(count: number): Promise<number[]> {
    const limit = setTimeout(() => this.#child.kill('SIGKILL'), limitSeconds * 1000);
    this.#child.stdin.write(`${count}\n`);
    const { value, done } = await this.#lines.next();
    clearTimeout(limit);
    if (done) throw new Bug(`${this.name} ended before its steps were done.`);
    return fromJson(Milliseconds, value, this.name);
  }

  end(): void {
    this.#child.stdin.end();
  }
}

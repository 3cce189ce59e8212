import { Bug, fromJson } from '@honyaku/contracts';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { type z } from 'zod';

const answerLimitSeconds = 600;
const endLimitSeconds = 10;

/** How to start a process. */
export interface Command {
  readonly command: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/** A process that answers a line of JSON with a line of JSON and rests otherwise; it does not outlive ours. */
export class Contestant {
  readonly #child;
  readonly #lines;
  readonly #closed;

  constructor(
    readonly name: string,
    { command, args, environment }: Command,
  ) {
    this.#child = spawn(command, args, {
      env: { ...process.env, ...environment },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    // Its end shows as the end of its lines.
    this.#child.on('error', () => undefined);
    this.#child.stdin.on('error', () => undefined);
    const kill = () => this.#child.kill('SIGKILL');
    process.once('exit', kill);
    this.#closed = once(this.#child, 'close')
      .catch(() => undefined)
      .finally(() => process.off('exit', kill));
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  /** @throws Bug when the process ends or takes too long, Corrupt for an answer of another shape */
  async ask<Answer extends z.ZodType>(answer: Answer, request: unknown): Promise<z.output<Answer>> {
    const limit = setTimeout(() => this.#child.kill('SIGKILL'), answerLimitSeconds * 1000);
    this.#child.stdin.write(`${JSON.stringify(request)}\n`);
    const { value, done } = await this.#lines.next();
    clearTimeout(limit);
    if (done)
      throw new Bug(`${this.name} ended before its answer, for which it has ${answerLimitSeconds} seconds.`);
    return fromJson(answer, value, this.name);
  }

  /** Resolves when the process is gone, so that it takes no time from the next. */
  async end(): Promise<void> {
    const limit = setTimeout(() => this.#child.kill('SIGKILL'), endLimitSeconds * 1000);
    this.#child.stdin.end();
    await this.#closed;
    clearTimeout(limit);
  }
}

/** Lends processes and ends them, whatever happens. */
export async function withContestants<Result>(
  contestants: readonly Contestant[],
  use: () => Promise<Result>,
): Promise<Result> {
  try {
    return await use();
  } finally {
    await Promise.all(contestants.map((contestant) => contestant.end()));
  }
}

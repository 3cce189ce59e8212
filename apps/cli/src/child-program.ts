/** Programs that a command runs to their end. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { Cancelled, Unavailable } from '@honyaku/contracts';

export interface ChildProgram {
  /** For errors, such as `CTranslate2's converter`. */
  readonly name: string;
  readonly command: string;
  readonly words: readonly string[];
  readonly environment?: NodeJS.ProcessEnv;
  /** The longest that it may take. */
  readonly seconds: number;
  readonly interrupted: AbortSignal;
  /** Takes each line that it prints. */
  readonly report?: (line: string) => void;
}

const linesInError = 8;

/**
 * Resolves once the program has ended with exit code 0.
 * @throws Cancelled when interrupted; Unavailable with its last lines when it cannot be started, fails or takes too long
 */
export async function runChildProgram(program: ChildProgram): Promise<void> {
  const { name, command, words, environment = process.env, seconds, interrupted, report } = program;
  const limit = AbortSignal.timeout(seconds * 1000);
  const child = spawn(command, words, {
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
    signal: AbortSignal.any([interrupted, limit]),
  });
  const lines: string[] = [];
  for (const input of [child.stdout, child.stderr])
    createInterface({ input }).on('line', (line) => {
      lines.push(line);
      report?.(line);
    });
  const outcome = await new Promise<string | undefined>((resolve) => {
    let problem: string | undefined;
    child.on('error', (error) => {
      problem = `could not be started (${error.message})`;
      // A program that never ran has no end.
      if (child.pid === undefined) resolve(problem);
    });
    child.on('close', (code, signal) => {
      if (code === 0) resolve(undefined);
      else resolve(problem ?? `ended with ${code === null ? `signal ${signal}` : `exit code ${code}`}`);
    });
  });
  if (outcome === undefined) return;
  if (interrupted.aborted) throw new Cancelled('interrupted');
  if (limit.aborted) throw new Unavailable(`${name} took longer than ${seconds} seconds`);
  const printed = lines.filter((line) => line.trim() !== '').slice(-linesInError);
  throw new Unavailable([`${name} ${outcome}`, ...printed].join('\n'));
}

/** A program of node_modules as a child process that cannot hang unseen. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '..', '..');
/** Longer than the longest wait inside any of the programs, which name what did not come. */
const silentMinutes = 20;
const graceSeconds = 30;

export interface ProgramRun {
  readonly succeeded: boolean;
  /** Standard output and standard error as they came. */
  readonly output: string;
}

/**
 * Runs a program of node_modules in the root folder. However slow it is, it is waited for; one that prints nothing
 * for long hangs and is ended.
 * @param show takes its output as it comes
 */
export async function runProgram(
  program: string,
  args: readonly string[],
  show: (chunk: string) => void,
): Promise<ProgramRun> {
  const child = spawn(join(root, 'node_modules', '.bin', program), args, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NX_DAEMON: 'false', ...(process.stdout.isTTY ? { FORCE_COLOR: '1' } : {}) },
  });
  let output = '';
  const take = (chunk: string) => {
    output += chunk;
    show(chunk);
  };
  const silence = setTimeout(() => {
    take(`${program} has printed nothing for ${silentMinutes} minutes and is ended.\n`);
    child.kill();
    setTimeout(() => child.kill('SIGKILL'), graceSeconds * 1000).unref();
  }, silentMinutes * 60_000);
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      silence.refresh();
      take(chunk);
    });
  const code = await new Promise<number | null>((resolve) => {
    child.on('error', (error) => {
      take(`${program}: ${error.message}\n`);
      resolve(1);
    });
    child.on('close', resolve);
    // A process that it has left running may hold its output open for ever.
    child.on('exit', (code) => setTimeout(() => resolve(code), graceSeconds * 1000).unref());
  });
  clearTimeout(silence);
  for (const stream of [child.stdout, child.stderr]) stream.destroy();
  return { succeeded: code === 0, output };
}

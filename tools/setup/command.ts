/** Commands that tools run, and the machine’s Go, which builds what is pinned and is never replaced by another one. */
import { spawn } from 'node:child_process';

/** A command of the set-up that failed; `lastLines` of its output have the reason. */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed';
  constructor(
    readonly command: string,
    readonly outcome: string,
    readonly lastLines: string,
  ) {
    super(`${command} ${outcome}${lastLines === '' ? '' : `:\n${lastLines}`}`);
  }
}

interface CommandOptions {
  /** The command is killed after this long. */
  readonly seconds: number;
  readonly cwd?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Takes what the command prints, as it comes. */
  readonly onOutput?: (text: string) => void;
}

/** Runs a command without a terminal and resolves to its standard output. @throws CommandFailed */
export function run(command: string, args: readonly string[], options: CommandOptions): Promise<string> {
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  // Not spawn's own timeout: its timer outlives a program that is not there.
  const limit = setTimeout(() => child.kill('SIGKILL'), options.seconds * 1000);
  let output = '';
  let everything = '';
  const take = (text: string) => {
    everything += text;
    options.onOutput?.(text);
  };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    take(text);
  });
  child.stderr.setEncoding('utf8').on('data', take);
  return new Promise((resolve, reject) => {
    const fail = (outcome: string) => {
      clearTimeout(limit);
      reject(new CommandFailed([command, ...args].join(' '), outcome, lastLinesOf(everything)));
    };
    child.on('error', (error) => fail(`could not be started (${error.message})`));
    child.on('close', (code, signal) => {
      clearTimeout(limit);
      if (code === 0) resolve(output);
      else if (signal === 'SIGKILL') fail(`was killed (its limit is ${options.seconds} s)`);
      else fail(`ended with ${code === null ? `signal ${signal}` : `exit code ${code}`}`);
    });
  });
}

function lastLinesOf(text: string): string {
  return text.trimEnd().split('\n').slice(-12).join('\n');
}

const pinned = { CGO_ENABLED: '0', GOFLAGS: '-mod=readonly', GOTOOLCHAIN: 'local', GOWORK: 'off' };

/** As `go version` prints it; undefined where there is no Go. */
export async function goVersion(): Promise<string | undefined> {
  return run('go', ['version'], { seconds: 20 }).catch(() => undefined);
}

/** Runs Go in a module's folder, whose go.mod and go.sum pin all versions. @throws CommandFailed */
export function goIn(
  folder: string,
  args: readonly string[],
  seconds: number,
  onOutput: (text: string) => void = () => undefined,
): Promise<string> {
  return run('go', args, { cwd: folder, seconds, environment: pinned, onOutput });
}

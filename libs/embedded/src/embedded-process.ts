/**
 * A server as a child process: started with its output in a log file, ready when it answers, ended for
 * certain. It dies with its parent, also when that is killed -9.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, openSync, closeSync, readFileSync } from 'node:fs';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { Unavailable } from '@honyaku/contracts';

export interface ServerCommand {
  readonly name: string;
  readonly program: string;
  readonly arguments: readonly string[];
  readonly environment?: NodeJS.ProcessEnv;
  readonly folder: string;
  readonly logFile: string;
  /** Resolves to true once the server answers. */
  readonly answers: () => Promise<boolean>;
  readonly maxWaitSeconds: number;
}

/** A running server; `stop` resolves when its process is gone. */
export interface EmbeddedServer {
  readonly pid: number;
  readonly stop: () => Promise<void>;
}

/** util-linux's setpriv makes the kernel end the child when its parent dies; it is on every Debian. */
const setpriv = ['/usr/bin/setpriv', '/bin/setpriv'].find((path) => existsSync(path));

const graceSeconds = 10;

/** @throws Unavailable with the last lines of the log when the server ends early or does not answer in time */
export async function startServer(command: ServerCommand): Promise<EmbeddedServer> {
  if (setpriv === undefined) {
    throw new Unavailable('setpriv is not on this machine: apt-get install util-linux');
  }
  const log = openSync(command.logFile, 'a', 0o600);
  const child = spawn(setpriv, ['--pdeathsig', 'KILL', command.program, ...command.arguments], {
    cwd: command.folder,
    env: { PATH: process.env['PATH'], HOME: command.folder, ...command.environment },
    stdio: ['ignore', log, log],
    // A group of its own: Ctrl-C in the terminal reaches the parent alone, which then stops its servers in order.
    detached: true,
  });
  closeSync(log);
  const ended = once(child, 'exit');
  const failed = once(child, 'error').then(([error]) => {
    throw new Unavailable(`${command.name} did not start`, { cause: error });
  });
  await Promise.race([untilReady(child, command), failed]);
  return { pid: child.pid ?? 0, stop: () => stop(child, ended) };
}

async function untilReady(child: ChildProcess, command: ServerCommand): Promise<void> {
  const deadline = Date.now() + command.maxWaitSeconds * 1000;
  while (Date.now() < deadline) {
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new Unavailable(`${command.name} ended at its start:\n${lastLines(command.logFile)}`);
    }
    if (child.pid !== undefined && (await command.answers())) return;
    await delay(50);
  }
  child.kill('SIGKILL');
  throw new Unavailable(
    `${command.name} did not answer within ${command.maxWaitSeconds} s:\n${lastLines(command.logFile)}`,
  );
}

async function stop(child: ChildProcess, ended: Promise<unknown>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  const late = setTimeout(() => child.kill('SIGKILL'), graceSeconds * 1000);
  await ended;
  clearTimeout(late);
}

function lastLines(logFile: string): string {
  return readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-5).join('\n');
}

/**
 * A server as a child process: started with its output in a log file, ready when it answers, ended for
 * certain. It dies with its parent, also when that is killed -9, and holds a lock on its folder while it lives.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, statSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Conflict, Unavailable } from '@honyaku/contracts';
import { systemProgram, tiedCommand } from './tied-command.ts';
import { lastLines, until } from './until.ts';

export interface ServerCommand {
  readonly name: string;
  readonly program: string;
  readonly arguments: readonly string[];
  /** Given to the server on its standard input, where it shows in no list of processes. */
  readonly input?: string;
  readonly environment?: NodeJS.ProcessEnv;
  readonly folder: string;
  readonly logFile: string;
  /** Resolves to true once the server answers. */
  readonly answers: () => Promise<boolean>;
  readonly maxWaitSeconds: number;
}

/** A running server; `stop` and `kill` (by SIGKILL, at once) resolve when its process is gone. */
export interface EmbeddedServer {
  readonly pid: number;
  readonly stop: () => Promise<void>;
  readonly kill: () => Promise<void>;
}

const graceSeconds = 10;
const askMilliseconds = 50;
const longestLog = 16 * 1024 ** 2;
/** A server whose parent was just killed may take a moment to be gone. */
const lockWaitSeconds = 1;
const lockIsHeld = 75;

/**
 * @throws Unavailable with the last lines of the log when the server ends early or does not answer in time
 * @throws Conflict when a server of this name runs on the folder already
 */
export async function startServer(command: ServerCommand): Promise<EmbeddedServer> {
  const lock = join(command.folder, `${command.name}.lock`);
  const log = openSync(command.logFile, tooLong(command.logFile) ? 'w' : 'a', 0o600);
  // The kernel lets go of the lock when the process is gone: no stale ones.
  const locked = [systemProgram('flock', 'util-linux'), '-w', String(lockWaitSeconds)]
    .concat('-E', String(lockIsHeld), '-F', lock)
    .concat(command.program, command.arguments);
  const tied = tiedCommand(locked);
  const child = spawn(tied.program, tied.arguments, {
    cwd: command.folder,
    env: { PATH: process.env['PATH'], HOME: command.folder, ...command.environment },
    stdio: ['pipe', log, log],
  });
  closeSync(log);
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const failed = new Promise<never>((_resolve, reject) => {
    child.once('error', (cause) => reject(new Unavailable(`${command.name} did not start`, { cause })));
  });
  // A server that ends before it has read its input is reported by its exit.
  child.stdin?.on('error', () => undefined).end(command.input ?? '');
  try {
    await Promise.race([untilReady(child, command, lock), failed]);
  } catch (error) {
    if (child.pid !== undefined && child.kill('SIGKILL')) await ended;
    throw error;
  }
  const pid = child.pid ?? 0;
  await writeFile(lock, String(pid));
  return { pid, stop: () => stop(child, ended), kill: () => kill(child, ended) };
}

async function untilReady(child: ChildProcess, command: ServerCommand, lock: string): Promise<void> {
  const { name, folder, logFile, maxWaitSeconds: seconds } = command;
  const wait = { what: `answer from ${name}`, seconds, logFile, everyMilliseconds: askMilliseconds };
  const isReady = await until(wait, async () => {
    const answers = await command.answers();
    if (hasEnded(child)) return false;
    return answers ? true : undefined;
  });
  if (isReady) return;
  if (child.exitCode === lockIsHeld) {
    const holder = await readFile(lock, 'utf8').catch(() => '');
    throw new Conflict(`${folder} is in use by the ${name} with process id ${holder}`);
  }
  throw new Unavailable(`${name} ended at its start:\n${lastLines(logFile)}`);
}

async function stop(child: ChildProcess, ended: Promise<void>): Promise<void> {
  if (hasEnded(child)) return;
  child.kill('SIGTERM');
  const late = setTimeout(() => child.kill('SIGKILL'), graceSeconds * 1000);
  await ended;
  clearTimeout(late);
}

async function kill(child: ChildProcess, ended: Promise<void>): Promise<void> {
  if (hasEnded(child)) return;
  child.kill('SIGKILL');
  await ended;
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

function tooLong(logFile: string): boolean {
  return (statSync(logFile, { throwIfNoEntry: false })?.size ?? 0) > longestLog;
}

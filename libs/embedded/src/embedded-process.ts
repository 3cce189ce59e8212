/**
 * A server as a child process: started with its output in a log file, ready when it answers, ended for
 * certain. It dies with its parent, also when that is killed -9, and holds a lock on its folder while it lives.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { Cancelled, Unavailable } from '@honyaku/contracts';
import { flockWords, folderInUse, lockFileOf, lockIsHeld } from './folder-lock.ts';
import { tiedCommand } from './tied-command.ts';
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
  /** Gives up the start. */
  readonly interrupted?: AbortSignal | undefined;
}

/** A running server; `stop` and `kill` (by SIGKILL, at once) resolve when its process is gone. */
export interface EmbeddedServer {
  readonly pid: number;
  /** Resolves once its process is gone, with the signal or the exit code that ended it. */
  readonly ended: Promise<string>;
  readonly stop: () => Promise<void>;
  readonly kill: () => Promise<void>;
}

const graceSeconds = 10;
const askMilliseconds = 50;
const longestLog = 16 * 1024 ** 2;

/**
 * @throws Unavailable with the last lines of the log when the server ends early or does not answer in time
 * @throws Conflict when a server of this name runs on the folder already
 * @throws Cancelled when `interrupted`; nothing runs after a throw
 */
export async function startServer(command: ServerCommand): Promise<EmbeddedServer> {
  const lock = lockFileOf(command.folder, command.name);
  const log = openSync(command.logFile, tooLong(command.logFile) ? 'w' : 'a', 0o600);
  const locked = [...flockWords(), '-F', lock, command.program, ...command.arguments];
  const tied = tiedCommand(locked);
  const child = spawn(tied.program, tied.arguments, {
    cwd: command.folder,
    env: { PATH: process.env['PATH'], HOME: command.folder, ...command.environment },
    stdio: ['pipe', log, log],
  });
  closeSync(log);
  const ended = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
  });
  const failed = new Promise<never>((_resolve, reject) => {
    child.once('error', (cause) => reject(new Unavailable(`${command.name} did not start`, { cause })));
  });
  // A server that ends before it has read its input is reported by its exit.
  child.stdin?.on('error', () => undefined).end(command.input ?? '');
  try {
    await Promise.race([untilReady(child, command), failed]);
  } catch (error) {
    if (child.pid !== undefined && child.kill('SIGKILL')) await ended;
    throw error;
  }
  const pid = child.pid ?? 0;
  await writeFile(lock, String(pid));
  return { pid, ended, stop: () => stop(child, ended), kill: () => kill(child, ended) };
}

async function untilReady(child: ChildProcess, command: ServerCommand): Promise<void> {
  const { name, folder, logFile, maxWaitSeconds: seconds, interrupted } = command;
  const wait = { what: `answer from ${name}`, seconds, logFile, everyMilliseconds: askMilliseconds };
  const isReady = await until(wait, async () => {
    const answers = await command.answers();
    if (hasEnded(child) || interrupted?.aborted) return false;
    return answers ? true : undefined;
  });
  if (isReady) return;
  if (interrupted?.aborted) throw new Cancelled('interrupted');
  if (child.exitCode === lockIsHeld) throw await folderInUse(folder, name);
  throw new Unavailable(`${name} ended at its start; the end of ${logFile}:\n${lastLines(logFile)}`);
}

async function stop(child: ChildProcess, ended: Promise<string>): Promise<void> {
  if (hasEnded(child)) return;
  child.kill('SIGTERM');
  const late = setTimeout(() => child.kill('SIGKILL'), graceSeconds * 1000);
  await ended;
  clearTimeout(late);
}

async function kill(child: ChildProcess, ended: Promise<string>): Promise<void> {
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

/** The outside of a command: terminal, context and exit codes. */
import { type Writable } from 'node:stream';
import { type ApiClient } from '@honyaku/client';
import { type ErrorKind, kindOf } from '@honyaku/contracts';

export interface Terminal {
  /** Results go here. */
  readonly output: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  /** Progress and errors go here. */
  readonly messages: Writable & { readonly isTTY?: boolean };
  /** The bytes of standard input. */
  input(): AsyncIterable<Buffer>;
  readonly environment: NodeJS.ProcessEnv;
  /** Relative paths start here. */
  readonly folder: string;
  /** Aborts on Ctrl-C. */
  readonly interrupted: AbortSignal;
}

const usualColumns = 80;

/** How wide lines may be; an output that is no terminal does not say. */
export function columnsOf({ columns = usualColumns }: Pick<Terminal['output'], 'columns'>): number {
  return columns;
}

/** Writes one line of the result. */
export function printLine({ output }: Pick<Terminal, 'output'>, line: string): void {
  output.write(`${line}\n`);
}

/** Writes one line for the person; it is no part of the result. */
export function notify({ messages }: Pick<Terminal, 'messages'>, line: string): void {
  messages.write(`${line}\n`);
}

/** Context of every command of `honyaku`. */
export interface CommandContext {
  readonly terminal: Terminal;
  /** One JSON document on standard output instead of text. */
  readonly json: boolean;
  /** @throws Unavailable when no API is known */
  readonly client: () => Promise<ApiClient>;
}

export const exitCodes = { completed: 0, failed: 1, badUsage: 2, unavailable: 3, interrupted: 130 } as const;

/** The one place where errors become exit codes. */
const codeOfKind: Record<ErrorKind, number> = {
  InvalidInput: exitCodes.badUsage,
  NotFound: exitCodes.failed,
  Conflict: exitCodes.failed,
  Unavailable: exitCodes.unavailable,
  Corrupt: exitCodes.failed,
  OutOfMemory: exitCodes.failed,
  Cancelled: exitCodes.interrupted,
  Bug: exitCodes.failed,
};

export function exitCodeOf(error: unknown): number {
  return codeOfKind[kindOf(error)];
}

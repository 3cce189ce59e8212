/** What a command sees of the outside: where it writes, whether somebody watches, when to stop. */
import { type Writable } from 'node:stream';

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

/** Writes one line of the result. */
export function printLine({ output }: Pick<Terminal, 'output'>, line: string): void {
  output.write(`${line}\n`);
}

/** Writes one line for the person, which is no part of the result. */
export function say({ messages }: Pick<Terminal, 'messages'>, line: string): void {
  messages.write(`${line}\n`);
}

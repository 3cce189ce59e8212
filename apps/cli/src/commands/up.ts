/** `honyaku up`: the whole platform in this terminal, until Ctrl-C. */
import { once } from 'node:events';
import { resolve } from 'node:path';
import { tokenIn } from '../api-address.ts';
import { startStack } from '../stack.ts';
import { printLine, notify, type CommandContext } from '../terminal.ts';

export interface UpOptions {
  readonly folder: string;
  readonly workers: number;
  readonly port: number;
  readonly fresh: boolean;
}

export async function up({ terminal, json }: CommandContext, options: UpOptions): Promise<void> {
  const { interrupted } = terminal;
  const stack = await startStack({
    ...options,
    folder: resolve(terminal.folder, options.folder),
    token: tokenIn(terminal.environment),
    interrupted,
    onEvent: (sentence) => notify(terminal, sentence),
  });
  try {
    printLine(
      terminal,
      json
        ? JSON.stringify({ url: stack.apiUrl, folder: stack.folder })
        : `honyaku is up: ${stack.apiUrl} (its page: ${stack.apiUrl}/docs; logs: ${stack.folder}/logs). Ctrl-C stops it.`,
    );
    // A signal alone keeps no process alive; the servers that are our children do.
    if (!interrupted.aborted && !stack.lost.aborted)
      await Promise.race([once(interrupted, 'abort'), once(stack.lost, 'abort')]);
    stack.lost.throwIfAborted();
  } finally {
    notify(terminal, 'stopping; Ctrl-C again kills');
    await stack.stop();
  }
  notify(terminal, 'stopped');
}

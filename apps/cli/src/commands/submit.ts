import { SweepView, toJson } from '@honyaku/contracts';
import { resolve } from 'node:path';
import { submitSweep } from '../submit-sweep.ts';
import { printLine, say } from '../terminal.ts';
import { type CommandContext } from './command.ts';
import { watch } from './watch.ts';

/** `honyaku submit FILE`: prints the sweep's id, or follows it. */
export async function submit(
  context: CommandContext,
  file: string,
  options: { readonly watch: boolean },
): Promise<number> {
  const { terminal, json } = context;
  const client = await context.client();
  const sweep = await submitSweep(client, resolve(terminal.folder, file), (sentence) =>
    say(terminal, sentence),
  );
  if (!options.watch) {
    printLine(terminal, json ? toJson(SweepView, sweep) : sweep.id);
    return 0;
  }
  if (!json) printLine(terminal, sweep.id);
  return watch(context, sweep.id);
}

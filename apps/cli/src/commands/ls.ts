import { SweepList, routes, toJson } from '@honyaku/contracts';
import { sweepTable } from '../tables.ts';
import { printLine } from '../terminal.ts';
import { type CommandContext } from './command.ts';

/** `honyaku ls`: all sweeps, the newest first. */
export async function ls({ terminal, json, client }: CommandContext): Promise<void> {
  const list = await (await client()).call(routes.sweeps, {});
  if (json) printLine(terminal, toJson(SweepList, list));
  else
    printLine(
      terminal,
      list.sweeps.length > 0 ? sweepTable(list.sweeps) : 'no sweeps yet; `honyaku submit FILE`',
    );
}

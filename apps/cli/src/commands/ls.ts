import { SweepList, toJson } from '@honyaku/contracts';
import { sweepTable } from '../tables.ts';
import { printLine } from '../terminal.ts';
import { type CommandContext } from './command.ts';

/** `honyaku ls`: all sweeps, the newest first. */
export async function ls({ terminal, json, client }: CommandContext): Promise<void> {
  const sweeps = await (await client()).sweeps();
  if (json) printLine(terminal, toJson(SweepList, { sweeps }));
  else printLine(terminal, sweeps.length > 0 ? sweepTable(sweeps) : 'no sweeps yet; `honyaku submit FILE`');
}

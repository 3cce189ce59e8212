import { SweepView, toJson } from '@honyaku/contracts';
import { printLine } from '../terminal.ts';
import { type CommandContext } from './command.ts';

/** `honyaku cancel SWEEP`. */
export async function cancel({ terminal, json, client }: CommandContext, sweepId: string): Promise<void> {
  const sweep = await (await client()).cancel(sweepId);
  printLine(terminal, json ? toJson(SweepView, sweep) : `${sweep.id}: ${sweep.state}`);
}

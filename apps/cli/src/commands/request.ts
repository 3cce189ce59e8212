import { SweepView, toJson } from '@honyaku/contracts';
import { printLine } from '../terminal.ts';
import { type CommandContext } from './command.ts';

/** `honyaku cancel | pause | resume | retry-failed SWEEP`: prints the state that the sweep is in then. */
export async function request({ terminal, json, client }: CommandContext, path: string): Promise<void> {
  printSweep({ terminal, json }, await (await client()).call(SweepView, path, { method: 'POST' }));
}

export function printSweep(
  { terminal, json }: Pick<CommandContext, 'terminal' | 'json'>,
  sweep: SweepView,
): void {
  printLine(terminal, json ? toJson(SweepView, sweep) : `${sweep.id}: ${sweep.state}`);
}

import { type RouteDeclaration, SweepView, toJson } from '@honyaku/contracts';
import { printLine } from '../terminal.ts';
import { type CommandContext } from './command.ts';

/** A route that changes a sweep and takes no body. */
export type SweepRequest = RouteDeclaration & { readonly answers: typeof SweepView };

/** `honyaku cancel | pause | resume | retry-failed SWEEP`: prints the state that the sweep is in then. */
export async function request(
  { terminal, json, client }: CommandContext,
  route: SweepRequest,
  given: { readonly id: string; readonly now?: boolean },
): Promise<void> {
  printSweep({ terminal, json }, await (await client()).call(route, given));
}

export function printSweep(
  { terminal, json }: Pick<CommandContext, 'terminal' | 'json'>,
  sweep: SweepView,
): void {
  printLine(terminal, json ? toJson(SweepView, sweep) : `${sweep.id}: ${sweep.state}`);
}

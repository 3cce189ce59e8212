import { SweepSpec, SweepView, routes, toJson } from '@honyaku/contracts';
import { z } from 'zod';
import { withChanges } from '../settings.ts';
import { printLine } from '../terminal.ts';
import { type CommandContext } from './command.ts';

/** `honyaku clone SWEEP [--set FIELD=VALUE…]`: prints the new sweep's id. */
export async function clone(
  { terminal, json, client }: CommandContext,
  sweepId: string,
  { set }: { readonly set: readonly string[] },
): Promise<void> {
  const api = await client();
  const { spec } = await api.call(routes.sweep, { id: sweepId });
  const sweep = await api.submit(JSON.stringify(withChanges(z.encode(SweepSpec, spec), set)));
  printLine(terminal, json ? toJson(SweepView, sweep) : sweep.id);
}

import { routes } from '@honyaku/contracts';
import { jsonBody } from '@honyaku/client';
import { withChanges } from '../settings.ts';
import { type CommandContext } from './command.ts';
import { printSweep } from './request.ts';

/** `honyaku add-trial SWEEP --set NAME=VALUE… [--seed N]`. */
export async function addTrial(
  context: CommandContext,
  sweepId: string,
  { set, seed }: { readonly set: readonly string[]; readonly seed?: number },
): Promise<void> {
  const trial = { hyperparameters: withChanges({}, set), ...(seed === undefined ? {} : { seed }) };
  const client = await context.client();
  const body = jsonBody(JSON.stringify({ trials: [trial] }));
  const sweep = await client.call(routes.addTrials, { id: sweepId }, body);
  printSweep(context, sweep);
}

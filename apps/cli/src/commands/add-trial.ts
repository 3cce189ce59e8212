import { SweepView, paths } from '@honyaku/contracts';
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
  const sweep = await (
    await context.client()
  ).call(SweepView, paths.sweepTrials(encodeURIComponent(sweepId)), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ trials: [trial] }),
  });
  printSweep(context, sweep);
}

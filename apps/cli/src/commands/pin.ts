import { InvalidInput, TrialView, routes, toJson } from '@honyaku/contracts';
import { printLine } from '../terminal.ts';
import { type CommandContext } from './command.ts';

/** `honyaku pin TRIAL:EPOCH` and `honyaku unpin TRIAL:EPOCH`. */
export async function pin(
  { terminal, json, client }: CommandContext,
  checkpoint: string,
  pinned: boolean,
): Promise<void> {
  const [, trialId, epoch] = /^([^:]+):(\d+)$/.exec(checkpoint) ?? [];
  if (trialId === undefined || epoch === undefined)
    throw new InvalidInput(`${checkpoint}: write TRIAL:EPOCH, as tatoeba-4f9a1c0b72d3e865-0003:7`);
  const trial = await (
    await client()
  ).call(pinned ? routes.pin : routes.unpin, {
    id: trialId,
    epoch: Number(epoch),
  });
  if (json) return printLine(terminal, toJson(TrialView, trial));
  const epochs = [...(trial.pinned ?? [])].sort((a, b) => a - b);
  printLine(
    terminal,
    `${trial.id}: ${epochs.length === 0 ? 'nothing' : `epochs ${epochs.join(', ')}`} pinned`,
  );
}

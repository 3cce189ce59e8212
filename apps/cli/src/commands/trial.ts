import { TrialView, defaultHyperparameters, routes, toJson } from '@honyaku/contracts';
import { perplexityText } from '../numbers.ts';
import { scoreText } from '../held-out-text.ts';
import { reproduceCommand } from '../reproduce-command.ts';
import { tableOf } from '../tables.ts';
import { printLine } from '../terminal.ts';
import { type CommandContext } from './command.ts';

/** `honyaku trial TRIAL`: where it comes from and what came of it, epoch by epoch. */
export async function trial({ terminal, json, client }: CommandContext, trialId: string): Promise<void> {
  const shown = await (await client()).call(routes.trial, { id: trialId });
  if (json) return printLine(terminal, toJson(TrialView, shown));
  const { id, state, reason, config, epochs, exploits = [], pinned = [] } = shown;
  printLine(terminal, `${id}: ${state}${reason === undefined ? '' : ` (${reason})`}`);
  const { hyperparameters, seed, dataset } = config;
  printLine(terminal, `seed ${seed}, dataset ${dataset.slice(0, 12)}`);
  printLine(terminal, `settings: ${differences(hyperparameters)}`);
  for (const { epoch, from } of exploits)
    printLine(terminal, `went on from the checkpoint of ${from} after epoch ${epoch}`);
  const rows = epochs.map(({ epoch, train, heldOut, model, worker }) => [
    `${epoch}${pinned.includes(epoch) ? ' pinned' : ''}`,
    perplexityText(train.perplexity),
    perplexityText(heldOut.perplexity),
    scoreText(heldOut.translations.bleu.score),
    `${(train.seconds + heldOut.seconds).toFixed(1)} s`,
    worker,
    model.slice(0, 12),
  ]);
  if (rows.length > 0)
    printLine(
      terminal,
      tableOf(['epoch', 'train ppl', 'test ppl', 'BLEU', 'time', 'worker', 'weights'], rows),
    );
  printLine(terminal, `to train it again: ${reproduceCommand(shown)}`);
}

function differences(hyperparameters: TrialView['config']['hyperparameters']): string {
  const defaults: Record<string, unknown> = defaultHyperparameters;
  const told = Object.entries(hyperparameters)
    .filter(([name, value]) => defaults[name] !== value)
    .map(([name, value]) => `${name}=${value}`);
  return told.length === 0 ? "the notebook's" : `${told.join(', ')}; the others are the notebook's`;
}

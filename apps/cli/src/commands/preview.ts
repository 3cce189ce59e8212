import { resolve } from 'node:path';
import { Preview, toJson } from '@honyaku/contracts';
import { durationText, settingText } from '../numbers.ts';
import { planText, previewSweep } from '../submit-sweep.ts';
import { tableOf } from '../tables.ts';
import { printLine } from '../terminal.ts';
import { varyingParameters } from '../varying-parameters.ts';
import { type CommandContext } from './command.ts';

/** `honyaku preview FILE`: trials, epochs, the time they would take, and the settings that do not depend on results. */
export async function preview({ terminal, json, client }: CommandContext, file: string): Promise<void> {
  const shown = await previewSweep(await client(), resolve(terminal.folder, file));
  if (json) return printLine(terminal, toJson(Preview, shown));
  const { trials, epochs, estimate, settings, notes = [] } = shown;
  printLine(terminal, planText(trials, epochs));
  printLine(
    terminal,
    estimate
      ? `about ${durationText(estimate.workerSeconds)} on one worker, going by ${estimate.fromEpochs} epochs of earlier sweeps`
      : 'no earlier sweep on this dataset tells how long an epoch takes',
  );
  for (const note of notes) printLine(terminal, note);
  const names = varyingParameters(settings);
  if (names.length === 0) return;
  const rows = settings.map((each, index) => [
    `${index + 1}`,
    ...names.map((name) => settingText(each[name])),
  ]);
  printLine(terminal, tableOf(['trial', ...names], rows));
  if (settings.length < trials) printLine(terminal, `and ${trials - settings.length} more`);
}

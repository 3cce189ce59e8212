import { DatasetReport, SweepView, TrialView, routes, toJson } from '@honyaku/contracts';
import { z } from 'zod';
import { datasetTexts } from '../dataset-text.ts';
import { collapseText, testText, truncationText } from '../held-out-text.ts';
import { trialTable } from '../tables.ts';
import { printLine } from '../terminal.ts';
import { type CommandContext } from './command.ts';

const ShownSweep = z.strictObject({
  sweep: SweepView,
  trials: z.array(TrialView),
  dataset: DatasetReport.optional(),
});

/** `honyaku show SWEEP`: its state and its trials. */
export async function show({ terminal, json, client }: CommandContext, sweepId: string): Promise<void> {
  const api = await client();
  const [sweep, { trials }, dataset] = await Promise.all([
    api.call(routes.sweep, { id: sweepId }),
    api.call(routes.sweepTrials, { id: sweepId }),
    api.find(routes.dataset, { id: sweepId }),
  ]);
  if (json)
    return printLine(terminal, toJson(ShownSweep, { sweep, trials, ...(dataset ? { dataset } : {}) }));
  const { state, reason, best, epochsDone, spec } = sweep;
  printLine(terminal, `${sweep.id}: ${state}${reason === undefined ? '' : ` (${reason})`}`);
  printLine(terminal, `${epochsDone} of ${sweep.trials.planned * spec.epochs} epochs done`);
  if (best) {
    const result = testText(best.heldOut);
    printLine(terminal, `best: ${best.trialId} after epoch ${best.epoch}, test ppl ${result}`);
  }
  if (dataset) for (const text of datasetTexts(dataset)) printLine(terminal, text);
  if (trials.length > 0) printLine(terminal, trialTable(sweep, trials));
  for (const trial of trials.filter((each) => each.reason !== undefined)) {
    printLine(terminal, `trial ${trial.number}: ${trial.reason}`);
  }
  for (const { number, epochs } of trials) {
    const last = epochs.at(-1);
    if (!last) continue;
    const { translations } = last.heldOut;
    for (const note of [collapseText(translations), truncationText(translations)])
      if (note !== '') printLine(terminal, `trial ${number}: ${note}`);
  }
}

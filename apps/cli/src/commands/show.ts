/** Commands that show what there is: `ls`, `show`, `trial`, `log`. */
import {
  SweepList,
  routes,
  toJson,
  DatasetReport,
  SweepView,
  TrialView,
  defaultHyperparameters,
  withDefaults,
  type Decision,
  type SweepLogEntry,
  SweepLogList,
  trialNumberOf,
} from '@honyaku/contracts';
import { z } from 'zod';
import { type ApiClient } from '@honyaku/client';
import { findInBucket } from '../in-bucket.ts';
import { narrowed, sweepTable, trialTable, tableOf } from '../tables.ts';
import { columnsOf, notify, printLine, type CommandContext } from '../terminal.ts';
import {
  datasetTexts,
  collapseText,
  noBestText,
  truncationText,
  heldOutSetOf,
  scoreText,
  scoringText,
  perplexityText,
  timeText,
  withoutDivergedBest,
  reproduceCommand,
} from '../texts.ts';
import { belowLookUpText, bestText, lookUpText, startOf, startText } from '../best-texts.ts';

/** `honyaku ls`: all sweeps, the newest first. */
export async function ls({ terminal, json, client }: CommandContext): Promise<void> {
  const list = await (await client()).call(routes.sweeps, {});
  if (json) return printLine(terminal, toJson(SweepList, list));
  const { sweeps, unreadable = [] } = list;
  if (sweeps.length > 0)
    printLine(terminal, sweepTable(sweeps.map(withoutDivergedBest), terminal.output.columns));
  else if (unreadable.length === 0) printLine(terminal, 'no sweeps yet; `honyaku submit FILE`');
  for (const { sweep, reason } of unreadable) printLine(terminal, `${sweep} cannot be read: ${reason}`);
}

const ShownSweep = z.strictObject({
  sweep: SweepView,
  trials: z.array(TrialView),
  dataset: DatasetReport.optional(),
});

/** `honyaku show SWEEP`: its state and its trials. */
export async function show({ terminal, json, client }: CommandContext, sweepId: string): Promise<void> {
  const api = await client();
  const [sweep, { trials }, report] = await Promise.all([
    api.call(routes.sweep, { id: sweepId }),
    api.call(routes.sweepTrials, { id: sweepId }),
    findInBucket(api.find(routes.dataset, { id: sweepId })),
  ]);
  const { found: dataset } = report;
  const notifyUnreadable = (what: string, why: string) => notify(terminal, `${what} cannot be read: ${why}`);
  if (report.unreadable !== undefined) notifyUnreadable('the report on the dataset', report.unreadable);
  if (json)
    return printLine(terminal, toJson(ShownSweep, { sweep, trials, ...(dataset ? { dataset } : {}) }));
  const shown = withoutDivergedBest(sweep);
  const { state, reason = scoringText(shown), best, epochsDone, spec } = shown;
  printLine(terminal, `${sweep.id}: ${state}${reason === '' ? '' : ` (${reason})`}`);
  printLine(terminal, `${epochsDone} of ${sweep.trials.planned * spec.epochs} epochs done`);
  if (best) {
    const result = bestText(best, heldOutSetOf(spec), dataset?.lookUp);
    printLine(terminal, `best: ${best.trialId} after epoch ${best.epoch}, ${result}`);
  }
  const start = startText(trials, heldOutSetOf(spec));
  if (start !== '') printLine(terminal, start);
  const below = belowLookUpText(shown, trials, dataset);
  if (below !== '') printLine(terminal, below);
  const noBest = noBestText(shown, trials);
  if (noBest !== '') printLine(terminal, noBest);
  if (dataset) for (const text of datasetTexts(dataset, spec)) printLine(terminal, text);
  if (trials.length > 0) printLine(terminal, trialTable(shown, trials, terminal.output.columns));
  const foot = lookUpText(dataset);
  if (foot !== '') printLine(terminal, foot);
  for (const trial of trials.filter((each) => each.reason !== undefined)) {
    printLine(terminal, `trial ${trial.number}: ${trial.reason}`);
  }
  // A bucket that gave no report within its limit would be waited for again.
  const isAway = report.unreadable !== undefined;
  const ofBest = best && !isAway ? await findInBucket(api.find(routes.epochs, { id: best.trialId })) : {};
  if (ofBest.unreadable !== undefined) notifyUnreadable(`the epochs of ${best?.trialId}`, ofBest.unreadable);
  const bestEpochs = ofBest.found?.epochs;
  for (const { id, number, epochs } of trials) {
    // The lists of trials do not have how many translations were cut.
    const last = ((id === best?.trialId && bestEpochs) || epochs).at(-1);
    if (!last) continue;
    // Of the whole test set once that is scored, as the sentences above.
    const isScored = id === best?.trialId && best.wholeScore?.state === 'done';
    const { translations } = isScored ? (best.test ?? best.heldOut) : last.heldOut;
    for (const note of [collapseText(translations), truncationText(translations)])
      if (note !== '') printLine(terminal, `trial ${number}: ${note}`);
  }
}

/** `honyaku trial TRIAL`: where it comes from and what came of it, epoch by epoch. */
export async function trial({ terminal, json, client }: CommandContext, trialId: string): Promise<void> {
  const shown = await (await client()).call(routes.trial, { id: trialId });
  if (json) return printLine(terminal, toJson(TrialView, shown));
  const { id, state, reason, config, epochs, exploits = [], pinned = [] } = shown;
  printLine(terminal, `${id}: ${state}${reason === undefined ? '' : ` (${reason})`}`);
  const { hyperparameters, seed, dataset } = config;
  const from = config.start === undefined ? '' : `, start ${config.start.slice(0, 12)}`;
  printLine(terminal, `seed ${seed}, dataset ${dataset.slice(0, 12)}${from}`);
  printLine(terminal, `settings: ${differences(hyperparameters)}`);
  for (const each of exploits)
    printLine(terminal, `went on from the checkpoint of ${each.from} after epoch ${each.epoch}`);
  const rows = epochs.map(({ epoch, train, heldOut, model, worker }) => [
    `${epoch}${pinned.includes(epoch) ? ' pinned' : ''}`,
    perplexityText(train.perplexity),
    perplexityText(heldOut.perplexity),
    scoreText(heldOut.translations.bleu.score),
    `${(train.seconds + heldOut.seconds).toFixed(1)} s`,
    worker,
    model.slice(0, 12),
  ]);
  const start = startOf([shown]);
  if (start)
    rows.unshift([
      '0',
      '',
      perplexityText(start.perplexity),
      scoreText(start.translations.bleu.score),
      `${start.seconds.toFixed(1)} s`,
      '',
      '',
    ]);
  if (rows.length > 0)
    printLine(
      terminal,
      narrowed(
        ['epoch', 'train ppl', 'held-out ppl', 'BLEU', 'time', 'worker', 'weights'],
        rows,
        ['weights', 'time', 'worker'],
        terminal.output.columns,
      ),
    );
  printLine(terminal, `to train it again: ${reproduceCommand(shown)}`);
}

function differences(hyperparameters: TrialView['config']['hyperparameters']): string {
  const defaults: Record<string, unknown> = withDefaults(defaultHyperparameters);
  const changed = Object.entries(hyperparameters)
    .filter(([name, value]) => defaults[name] !== value)
    .map(([name, value]) => `${name}=${value}`);
  return changed.length === 0 ? 'the defaults' : `${changed.join(', ')}; the others are the defaults`;
}

/** `honyaku log SWEEP`: each decision with the rung that it was made at, and the sentence that has rank and cut-off. */
export async function log({ terminal, json, client }: CommandContext, sweepId: string): Promise<void> {
  const list = { entries: await allEntries(await client(), sweepId) };
  if (json) return printLine(terminal, toJson(SweepLogList, list));
  const rows = list.entries.flatMap(({ at, decisions }) =>
    decisions.map((decision) => [timeText(at), ...cells(decision)]),
  );
  const columns = columnsOf(terminal.output);
  const table = tableOf(['time (UTC)', 'trial', 'decision', 'rung', 'why'], rows, columns);
  printLine(terminal, rows.length === 0 ? 'nothing is decided yet' : table);
}

/** Page after page. */
async function allEntries(client: ApiClient, sweepId: string): Promise<SweepLogEntry[]> {
  const entries: SweepLogEntry[] = [];
  let next: number | undefined;
  do {
    const page = await client.call(routes.log, { id: sweepId, after: next });
    for (const entry of page.entries) entries.push(entry);
    next = page.next;
  } while (next !== undefined);
  return entries;
}

function cells(decision: Decision): string[] {
  const number = String(trialNumberOf(decision.trialId));
  if (decision.type === 'asked') return [number, 'start', '', 'asked of the sampler'];
  const { rung, reason } = decision;
  const name = decision.type === 'promoted' ? 'promote' : decision.action;
  return [number, name, rung === undefined ? '' : String(rung), reason];
}

/** Sweeps and trials as tables for a terminal. */
import { type SweepView, type TrialView, type AllHyperparameters, withDefaults } from '@honyaku/contracts';
import Table from 'cli-table3';
import { heldOutSetOf, scoreText, perplexityText, settingText, timeText } from './texts.ts';

/** @param columns of the terminal: where the table does not fit in, times, epochs and trials are left out, in this order */
export function sweepTable(sweeps: readonly SweepView[], columns?: number): string {
  const rows = sweeps.map(({ id, state, trials, spec, epochsDone, best, createdAt }) => [
    id,
    state,
    `${trials.completed}/${trials.planned}`,
    `${epochsDone}/${trials.planned * spec.epochs}`,
    best ? perplexityText((best.test ?? best.heldOut).perplexity) : '',
    timeText(createdAt),
  ]);
  const head = ['sweep', 'state', 'trials', 'epochs', 'best ppl', 'created (UTC)'];
  return narrowed(head, rows, ['created (UTC)', 'epochs', 'trials'], columns);
}

/**
 * Number, state, the hyperparameters that vary, epochs, perplexities and BLEU of the last epoch; the best trial is marked.
 * @param columns of the terminal: where the table does not fit in, perplexities of training and epochs are left out
 */
export function trialTable(sweep: SweepView, trials: readonly TrialView[], columns?: number): string {
  const names = varyingParameters(settingsOf(trials));
  const rows = trials.map(({ id, number, state, config, epochs }) => {
    const settings = withDefaults(config.hyperparameters);
    const last = epochs.at(-1);
    return [
      `${number}${sweep.best?.trialId === id ? ' ★' : ''}`,
      state,
      ...names.map((name) => settingText(settings[name])),
      `${epochs.length}/${config.epochs}`,
      last ? perplexityText(last.train.perplexity) : '',
      last ? perplexityText(last.heldOut.perplexity) : '',
      last ? scoreText(last.heldOut.translations.bleu.score) : '',
    ];
  });
  const head = ['trial', 'state', ...names, 'epochs', 'train ppl', `${heldOutSetOf(sweep.spec)} ppl`, 'BLEU'];
  return narrowed(head, rows, ['train ppl', 'epochs'], columns);
}

/** A table that leaves out one less important column after the other until it fits in. */
export function narrowed(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  lessImportant: readonly string[],
  columns = Infinity,
): string {
  let lines = [head, ...rows];
  let table = tableOf(head, rows);
  for (const name of lessImportant) {
    if ((table.split('\n')[0]?.length ?? 0) <= columns) break;
    const at = lines[0]?.indexOf(name) ?? 0;
    lines = lines.map((line) => line.filter((_, index) => index !== at));
    const [names = [], ...cells] = lines;
    table = tableOf(names, cells);
  }
  return table;
}

/** @param columns of the terminal: the last cell of each row is wrapped so that the table fits in */
export function tableOf(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  columns?: number,
): string {
  const table = new Table({
    head: [...head],
    style: { head: [], border: [], compact: true },
    ...(columns === undefined ? {} : { colWidths: fitting(head, rows, columns), wordWrap: true }),
  });
  table.push(...rows.map((row) => [...row]));
  return table.toString();
}

/** A border and a blank on each side belong to every cell; no last cell is narrower than its longest word usually is. */
function fitting(head: readonly string[], rows: readonly (readonly string[])[], columns: number): number[] {
  const widths = head.map(
    (name, at) => 2 + Math.max(name.length, ...rows.map((row) => row[at]?.length ?? 0)),
  );
  const others = widths.slice(0, -1);
  const left = columns - others.reduce((sum, width) => sum + width + 1, 2);
  return [...others, Math.min(widths.at(-1) ?? left, Math.max(left, 20))];
}

/** Names of the hyperparameters in which trials differ, in the order of their declaration. */
export function varyingParameters(settings: readonly AllHyperparameters[]): (keyof AllHyperparameters)[] {
  const values = new Map<string, Set<unknown>>();
  for (const each of settings) {
    for (const [name, value] of Object.entries(each))
      values.set(name, (values.get(name) ?? new Set()).add(value));
  }
  const isVarying = (name: string): name is keyof AllHyperparameters => (values.get(name)?.size ?? 0) > 1;
  return [...values.keys()].filter(isVarying);
}

export function settingsOf(trials: readonly TrialView[]): AllHyperparameters[] {
  return trials.map(({ config }) => withDefaults(config.hyperparameters));
}

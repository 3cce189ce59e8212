import { messageOf } from '@honyaku/contracts';
import { notebookDataset } from './notebook-dataset.ts';
import { type BenchPlace } from './bench-place.ts';
import { machineText, versionsText } from './machine.ts';
import { jsonLineOf, type MeasuredRow, type RowName } from './measured-row.ts';
import { type BenchOptions } from './options.ts';
import { decode } from './rows/decode.ts';
import { tokenise } from './rows/tokenise.ts';
import { trainEpoch } from './rows/train-epoch.ts';
import { trainStep } from './rows/train-step.ts';
import { tableText } from './table.ts';
import { preparePyTorch, type Python } from './torch.ts';

const measure: Record<RowName, (place: BenchPlace) => Promise<MeasuredRow>> = {
  'train-step': trainStep,
  'train-epoch': trainEpoch,
  decode,
  tokenise,
};

/**
 * Measures the chosen rows and prints machine, versions and one table.
 * @param print takes lines of the result, `say` those of progress
 * @returns why rows have no numbers; the others are in the table all the same
 */
export async function bench(
  options: BenchOptions,
  folder: string,
  print: (line: string) => void,
  say: (line: string) => void,
): Promise<string[]> {
  print(machineText());
  let prepared: Promise<Python> | undefined;
  const torch = () => (prepared ??= preparePyTorch(say));
  print(await versionsText(options.only, torch));
  const place = { folder, dataset: await notebookDataset(say), torch, say, full: options.full };
  const rows: MeasuredRow[] = [];
  const failures: string[] = [];
  for (const name of options.only)
    try {
      rows.push(await measure[name](place));
    } catch (error) {
      failures.push(`${name}: ${messageOf(error)}`);
    }
  if (rows.length > 0) print(`\n${tableText(rows)}`);
  if (options.json) for (const row of rows) print(jsonLineOf(row));
  return failures;
}

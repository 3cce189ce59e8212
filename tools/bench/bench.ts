import { join } from 'node:path';
import { messageOf } from '@honyaku/contracts';
import { type BenchDataset, benchDataset } from './bench-dataset.ts';
import { type NetworkName } from './networks.ts';
import { type BenchContext, ourEnvironment, sentencePiecePython } from './competitors.ts';
import { machineText, watchOtherWork } from './machine.ts';
import { jsonLineOf, type MeasuredRow, type RowName, tableText } from './table.ts';
import { type BenchOptions } from './options.ts';
import { decode } from './rows/decode.ts';
import { tokenise } from './rows/tokenise.ts';
import { epoch } from './rows/epoch.ts';
import { trainStep } from './rows/train-step.ts';
import { preparePyTorch, type Python } from './torch.ts';
import { prepareTransformers } from './transformers.ts';
import { run } from '../setup/command.ts';

const measure: Record<RowName, (context: BenchContext) => Promise<MeasuredRow>> = {
  'recurrent-notebook': (context) => trainStep(context, 'recurrent-notebook'),
  'recurrent-small': (context) => trainStep(context, 'recurrent-small'),
  'recurrent-notebook-bfloat16': (context) => trainStep(context, 'recurrent-notebook-bfloat16'),
  'recurrent-small-bfloat16': (context) => trainStep(context, 'recurrent-small-bfloat16'),
  transformer: (context) => trainStep(context, 'transformer'),
  'transformer-small': (context) => trainStep(context, 'transformer-small'),
  'transformer-bfloat16': (context) => trainStep(context, 'transformer-bfloat16'),
  'transformer-small-bfloat16': (context) => trainStep(context, 'transformer-small-bfloat16'),
  epoch,
  decode: (context) => decode(context, 'decode'),
  'decode-transformer': (context) => decode(context, 'decode-transformer'),
  'decode-transformer-beam': (context) => decode(context, 'decode-transformer-beam'),
  tokenise,
};

/**
 * Measures the chosen rows and prints machine, versions and one table, with what other work did meanwhile.
 * @param print takes lines of the result, `report` those of progress
 * @returns why rows have no numbers; the others are in the table all the same
 */
export async function bench(
  options: BenchOptions,
  folder: string,
  print: (line: string) => void,
  report: (line: string) => void,
): Promise<string[]> {
  print(machineText());
  let prepared: Promise<Python> | undefined;
  const torch = () => (prepared ??= preparePyTorch(report));
  print(await versionsText(options.only, torch));
  const datasets = new Map<NetworkName, Promise<BenchDataset>>();
  const dataset = (network: NetworkName) => {
    const made = datasets.get(network) ?? benchDataset(network, report);
    datasets.set(network, made);
    return made;
  };
  let withTransformers: Promise<Python> | undefined;
  const transformers = () => (withTransformers ??= prepareTransformers(report));
  const context = { folder, dataset, torch, transformers, report, full: options.full };
  const rows: MeasuredRow[] = [];
  const failures: string[] = [];
  for (const name of options.only)
    try {
      const otherWork = watchOtherWork();
      const row = await measure[name](context);
      rows.push({ ...row, note: `${row.note} ${otherWork()}` });
    } catch (error) {
      failures.push(`${name}: ${messageOf(error)}`);
    }
  if (rows.length > 0) print(`\n${tableText(rows)}`);
  if (options.json) for (const row of rows) print(jsonLineOf(row));
  return failures;
}

/** Versions of what the chosen rows run on. */
async function versionsText(rows: readonly RowName[], torch: BenchContext['torch']): Promise<string> {
  const versions = [`Node ${process.versions.node}`];
  if (rows.some((row) => row !== 'tokenise')) {
    versions.push(await ourVersions());
    versions.push(await pythonVersions(await torch(), 'torch', 'PyTorch'));
  }
  if (rows.includes('tokenise'))
    versions.push(await pythonVersions(sentencePiecePython(), 'sentencepiece', 'SentencePiece'));
  return `versions: ${versions.join(', ')}`;
}

async function ourVersions(): Promise<string> {
  const script = join(import.meta.dirname, 'ours', 'versions.ts');
  return run(process.execPath, ['--import', 'tsx', script], {
    seconds: 120,
    environment: ourEnvironment('float32'),
  });
}

async function pythonVersions({ python, environment }: Python, module: string, name: string) {
  const script = `import platform, ${module}; print("${name}", ${module}.__version__, "on Python", platform.python_version())`;
  return (await run(python, ['-c', script], { seconds: 300, environment })).trim();
}

/**
 * `npm run curves`: trains the reference, the notebook presets and the best preset (three seeds), one after the
 * other, some two hours on two cores, and draws docs/curves.svg. `-- NAME…` runs only those; `-- --draw` none.
 */
import { messageOf } from '@honyaku/contracts';
import { appendFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { drawCurves } from './draw.ts';
import { type EpochRow, readRuns } from './records.ts';
import { runPreset } from './run-preset.ts';
import { runReference } from './run-reference.ts';

const root = join(import.meta.dirname, '..', '..');
const docs = join(root, 'docs');
const preset = (file: string) => join(root, 'presets', file);

const runs: Readonly<Record<string, (folder: string) => AsyncGenerator<EpochRow>>> = {
  reference: (folder) => runReference(folder),
  notebook: () => runPreset(preset('notebook-tatoeba.yaml'), 1),
  'notebook-by-length': () => runPreset(preset('notebook-by-length.yaml'), 1),
  'best-1': () => runPreset(preset('best.yaml'), 1),
  'best-2': () => runPreset(preset('best.yaml'), 2),
  'best-3': () => runPreset(preset('best.yaml'), 3),
};

const print = (line: string) => process.stdout.write(`${line}\n`);

try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { draw: { type: 'boolean', default: false } },
  });
  const wrong = positionals.find((name) => !(name in runs));
  if (wrong !== undefined) throw new Error(`${wrong} is no run; there are ${Object.keys(runs).join(', ')}`);
  await mkdir(join(docs, 'curves'), { recursive: true });
  const wanted = positionals.length > 0 ? positionals : Object.keys(runs);
  if (!values.draw) for (const name of wanted) await record(name);
  await writeFile(join(docs, 'curves.svg'), drawCurves(await readRuns(join(docs, 'curves'))));
} catch (error) {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exitCode = 1;
}

async function record(name: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'honyaku-curves-'));
  const file = join(docs, 'curves', `${name}.jsonl`);
  await rm(file, { force: true });
  try {
    for await (const row of runs[name]?.(folder) ?? []) {
      await appendFile(file, `${JSON.stringify(row)}\n`);
      print(`${name}: ${JSON.stringify(row)}`);
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}

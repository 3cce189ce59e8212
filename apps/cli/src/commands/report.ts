import { realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { routes, unwritable } from '@honyaku/contracts';
import { type ApiClient } from '@honyaku/client';
import { printLine, type CommandContext } from '../terminal.ts';
import { reportPage } from '../report/page.ts';
import { withoutDivergedBest } from '../texts.ts';

/** `honyaku report SWEEP [--output FILE]`: one HTML file that needs no network. */
export async function report(
  { terminal, json, client }: CommandContext,
  sweepId: string,
  options: { readonly output: string },
): Promise<void> {
  const path = resolve(terminal.folder, options.output);
  await writeReport(await client(), sweepId, path);
  printLine(terminal, json ? JSON.stringify({ report: path }) : path);
}

/** Writes the sweep's report as it stands now. @throws NotFound; InvalidInput when the file cannot be written */
export async function writeReport(client: ApiClient, sweepId: string, path: string): Promise<void> {
  const [sweep, { trials }] = await Promise.all([
    client.call(routes.sweep, { id: sweepId }).then(withoutDivergedBest),
    client.call(routes.sweepTrials, { id: sweepId }),
  ]);
  const [bestEpochs, corpus, dataset] = await Promise.all([
    sweep.best ? client.call(routes.epochs, { id: sweep.best.trialId }).then(({ epochs }) => epochs) : [],
    client.find(routes.corpus, { digest: sweep.spec.corpus.digest }),
    client.find(routes.dataset, { id: sweepId }),
  ]);
  const page = reportPage({
    sweep,
    // The list of trials does not have how many translations were cut.
    trials: trials.map((trial) =>
      trial.id === sweep.best?.trialId ? { ...trial, epochs: bestEpochs } : trial,
    ),
    bestEpochs,
    corpus,
    dataset,
    writtenAt: new Date().toISOString(),
  });
  try {
    await writeWhole(path, page);
  } catch (cause) {
    throw unwritable(`the report ${path}`, cause);
  }
}

/** Replaces an earlier file only once the whole text is written. Devices and pipes are written to directly. */
async function writeWhole(path: string, text: string): Promise<void> {
  const earlier = await stat(path).catch(() => undefined);
  if (earlier && !earlier.isFile()) return writeFile(path, text);
  const target = earlier ? await realpath(path) : path;
  const partial = `${target}.partial`;
  try {
    await writeFile(partial, text, { mode: earlier?.mode });
    await rename(partial, target);
  } finally {
    await rm(partial, { force: true }).catch(() => undefined);
  }
}

import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { InvalidInput, codeOf, messageOf, routes } from '@honyaku/contracts';
import { type ApiClient } from '@honyaku/client';
import { printLine, type CommandContext } from '../terminal.ts';
import { reportPage } from '../report/page.ts';

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

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such folder',
  ENOTDIR: 'there is no such folder',
  EISDIR: 'that is a folder',
  EACCES: 'this user may not write there',
};

/** Writes the sweep's report as it stands now. @throws NotFound; InvalidInput when the file cannot be written */
export async function writeReport(client: ApiClient, sweepId: string, path: string): Promise<void> {
  const [sweep, { trials }] = await Promise.all([
    client.call(routes.sweep, { id: sweepId }),
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
    await writeFile(path, page);
  } catch (cause) {
    const reason = reasons[codeOf(cause) ?? ''] ?? messageOf(cause);
    throw new InvalidInput(`the report cannot be written to ${path}: ${reason}`, { cause });
  }
}

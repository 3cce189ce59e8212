import { writeFile } from 'node:fs/promises';
import { InvalidInput, messageOf } from '@honyaku/contracts';
import { type ApiClient } from '../client.ts';
import { reportPage } from './page.ts';

/** Writes the sweep's report as it stands now. @throws NotFound; InvalidInput when the file cannot be written */
export async function writeReport(client: ApiClient, sweepId: string, path: string): Promise<void> {
  const [sweep, trials] = await Promise.all([client.sweep(sweepId), client.trials(sweepId)]);
  const [bestEpochs, corpus, dataset] = await Promise.all([
    sweep.best ? client.epochs(sweep.best.trialId) : [],
    client.corpus(sweep.spec.corpus.digest),
    client.dataset(sweepId),
  ]);
  const page = reportPage({
    sweep,
    trials,
    bestEpochs,
    corpus,
    dataset,
    writtenAt: new Date().toISOString(),
  });
  try {
    await writeFile(path, page);
  } catch (cause) {
    throw new InvalidInput(`the report cannot be written: ${messageOf(cause)}`, { cause });
  }
}

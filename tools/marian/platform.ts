/** A real sweep over a small Transformer, whose best checkpoint is downloaded in both forms. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { downloadBest, submitSweep } from '@honyaku/cli';
import { ApiClient } from '@honyaku/client';
import { type BundleConfig, Unavailable } from '@honyaku/contracts';
import { endOf, LocalStack } from '@honyaku/local-stack';

const sweepFile = fileURLToPath(new URL('sweep.yaml', import.meta.url));
const trainSeconds = 600;

export interface TrainedModel {
  readonly config: BundleConfig;
  /** Folders of the two forms. */
  readonly bundle: string;
  readonly marian: string;
  /** By the API, greedily; in the order of the sentences. */
  readonly translations: readonly string[];
}

/** Nothing runs afterwards. @param folder takes data, logs and both forms */
export async function trainModel(folder: string, sentences: readonly string[]): Promise<TrainedModel> {
  const stack = await LocalStack.start({ folder: join(folder, 'stack') });
  try {
    const { url } = await stack.startApi();
    const client = new ApiClient({ url });
    await stack.startWorker('worker');
    const { id } = await submitSweep(client, sweepFile, () => undefined);
    const ended = await endOf(client, id, { seconds: trainSeconds });
    if (ended.state !== 'completed') throw new Unavailable(`${id} is ${ended.state}: ${ended.reason}`);
    const [bundle, marian] = [join(folder, 'bundle'), join(folder, 'marian')];
    const never = new AbortController().signal;
    await downloadBest(client, id, marian, never, 'marian');
    const { config } = await downloadBest(client, id, bundle, never);
    const { translations } = await client.translate(id, { sentences: [...sentences] });
    return { config, bundle, marian, translations: translations.map(({ output }) => output) };
  } finally {
    await stack.stop();
  }
}

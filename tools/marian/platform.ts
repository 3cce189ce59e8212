/** A real sweep over a small Transformer, whose best checkpoint is downloaded in each form. */
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { downloadBest, submitSweep } from '@honyaku/cli';
import { ApiClient } from '@honyaku/client';
import { type BundleConfig, Unavailable } from '@honyaku/contracts';
import { endOf, LocalStack } from '@honyaku/local-stack';

const sweepFile = fileURLToPath(new URL('sweep.yaml', import.meta.url));
const trainSeconds = 900;

export interface TrainedModel {
  readonly sweepId: string;
  /** Address of the API, which runs while the model is lent. */
  readonly url: string;
  readonly client: ApiClient;
  readonly config: BundleConfig;
  /** Tokens after which a translation is cut, its end counted. */
  readonly maxTokens: number;
  /** Folders of the forms. */
  readonly bundle: string;
  readonly marian: string;
  readonly ctranslate2: { readonly float32: string; readonly int8: string };
}

/**
 * Trains on the pairs that `splitCorpus` left in the folder, and lends the model; nothing runs afterwards.
 * @param folder takes data, logs and all forms
 */
export async function withTrainedModel<Result>(
  folder: string,
  print: (line: string) => void,
  use: (model: TrainedModel) => Promise<Result>,
): Promise<Result> {
  const stack = await LocalStack.start({ folder: join(folder, 'stack') });
  try {
    const { url } = await stack.startApi();
    const client = new ApiClient({ url });
    await stack.startWorker('worker');
    await copyFile(sweepFile, join(folder, 'sweep.yaml'));
    const { id } = await submitSweep(client, join(folder, 'sweep.yaml'), () => undefined);
    const ended = await endOf(client, id, { seconds: trainSeconds });
    if (ended.state !== 'completed') throw new Unavailable(`${id} is ${ended.state}: ${ended.reason}`);
    const settings = { interrupted: new AbortController().signal, report: print };
    const download = async (name: string, form: object = {}) => {
      const { config } = await downloadBest(client, id, join(folder, name), { ...settings, ...form });
      return { path: join(folder, name), config };
    };
    const { path: bundle, config } = await download('bundle');
    const marian = await download('marian', { form: 'marian' });
    const float32 = await download('ctranslate2', { form: 'ctranslate2' });
    const int8 = await download('ctranslate2-int8', { form: 'ctranslate2', quantization: 'int8' });
    return await use({
      sweepId: id,
      url,
      client,
      config,
      maxTokens: ended.spec.dataset.maxTokens + 1,
      bundle,
      marian: marian.path,
      ctranslate2: { float32: float32.path, int8: int8.path },
    });
  } finally {
    await stack.stop();
  }
}

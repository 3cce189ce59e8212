/** The notebook's training in PyTorch on the same pairs, and the BLEU of its weights by our decoder. */
import { Corrupt, defaultHyperparameters } from '@honyaku/contracts';
import { openSplit } from '@honyaku/data';
import { networkOf, Seq2Seq } from '@honyaku/model';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { preparePyTorch } from '@honyaku/tools/bench/torch.ts';
import { heldOutBleu, EpochRow } from './records.ts';
import { benchDataset } from '@honyaku/tools/bench/bench-dataset.ts';

const settings = { threads: 2, vocabulary: 8000, epochs: 5, seed: 1 } as const;
const {
  embeddingSize: embedding,
  hiddenSize: hidden,
  dropout,
  learningRate,
  batchSize,
} = defaultHyperparameters;

/** @param folder takes the weights of each epoch, 100 MB each */
export async function* runReference(folder: string): AsyncGenerator<EpochRow> {
  const dataset = await benchDataset('notebook', () => undefined);
  const test = await openSplit(dataset.test);
  const { python, environment } = await preparePyTorch((line) => process.stderr.write(`${line}\n`));
  const setting = join(folder, 'setting.json');
  await writeFile(
    setting,
    JSON.stringify({ ...settings, embedding, hidden, dropout, learningRate, batchSize }),
  );
  const script = join(import.meta.dirname, 'torch_train.py');
  const child = spawn(python, [script, setting, dataset.pairsFile, folder], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  for await (const line of createInterface({ input: child.stdout })) {
    const row = EpochRow.omit({ bleu: true }).parse(JSON.parse(line));
    const weights = join(folder, `epoch-${row.epoch}.safetensors`);
    const architecture = networkOf({ hyperparameters: defaultHyperparameters }, dataset.vocabularySize);
    const network = await Seq2Seq.load(weights, architecture);
    const bleu = await heldOutBleu(network, test, dataset.tokenizers);
    network.dispose();
    yield { ...row, bleu };
  }
  const [code] = await ended;
  if (code !== 0) throw new Corrupt(`torch_train.py ended with ${code}`);
}

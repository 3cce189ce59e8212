/** Comparison with the numbers of the PyTorch reference: a folder with golden.safetensors and golden.json. */
import { join } from 'node:path';
import { type Batch, InvalidInput } from '@honyaku/contracts';
import { decode } from '../decoding/decode.ts';
import { readGoldenSettings } from './golden-settings.ts';
import { readSafetensors, type TensorFile } from '../checkpoint/safetensors.ts';
import { Seq2Seq } from '../seq2seq/seq2seq.ts';
import { fileTensors } from '../checkpoint/parameters.ts';
import { notebookTraining, Trainer } from '../training/trainer.ts';

/** The reference decodes up to 20 tokens and one more. */
const greedyLimit = 21;

export const goldenTolerances = {
  logits: 1e-5,
  loss: 1e-5,
  gradients: 1e-4,
  weights: 1e-4,
  greedy: 0,
} as const;

/** The largest difference of each kind; gradients relative to the largest of their tensor, greedy in sentences. */
export type GoldenDifferences = Record<keyof typeof goldenTolerances, number>;

/** @throws InvalidInput when the folder is not a golden one; Corrupt when a file is damaged */
export async function compareWithGolden(folder: string): Promise<GoldenDifferences> {
  const settings = await readGoldenSettings(join(folder, 'golden.json'));
  const tensors = await readSafetensors(join(folder, 'golden.safetensors'));
  const batch = batchOf(tensors, folder);
  const network = Seq2Seq.fromTensors(withPrefix(tensors, 'weights.'), settings.network, folder);
  const trainer = new Trainer(network, {
    ...notebookTraining,
    learningRate: settings.learningRate,
    dropout: 0,
  });
  try {
    const logits = largestDifference(network.logits(batch), dataOf(tensors, 'logits', folder));
    const outputs = decode(network, settings.sources, greedyLimit, (row) =>
      Int32Array.from(row.argMax(1).dataSync()),
    );
    const gradients = gradientDifference(network, batch, tensors);
    const losses = settings.losses.map((expected, step) => {
      const { tokenLoss, targetTokens } = trainer.step(batch, { epoch: 1, step });
      return Math.abs(tokenLoss / targetTokens - expected);
    });
    const weights = network.parameters.flatMap(({ spec, variable }) =>
      fileTensors(spec, variable.values()).map(({ name, data }) =>
        largestDifference(data, dataOf(tensors, `after5.${name}`, folder)),
      ),
    );
    const unequal = settings.greedy.filter((ids, row) => ids.join() !== outputs[row]?.join());
    return {
      logits,
      loss: largestOf(losses),
      gradients,
      weights: largestOf(weights),
      greedy: unequal.length,
    };
  } finally {
    trainer.dispose();
    network.dispose();
  }
}

/** Which kinds are beyond their tolerance; NaN is. */
export function beyondTolerance(differences: GoldenDifferences): (keyof GoldenDifferences)[] {
  return (['logits', 'loss', 'gradients', 'weights', 'greedy'] as const).filter(
    (kind) => !(differences[kind] <= goldenTolerances[kind]),
  );
}

/** Infinite when a parameter has a gradient here and none there, or the other way round. */
function gradientDifference(network: Seq2Seq, batch: Batch, tensors: TensorFile): number {
  const { gradients } = network.gradients(batch);
  const differences = network.parameters.flatMap(({ spec }) => {
    const gradient = gradients.get(spec.name);
    const values = gradient?.dataSync<'float32'>() ?? new Float32Array(spec.shape.reduce((a, b) => a * b, 1));
    gradient?.dispose();
    return fileTensors(spec, values).map(({ name, data }) => {
      const expected = tensors.tensors.get(`grads.${name}`)?.data;
      if (!expected || !gradient) return expected || gradient ? Infinity : 0;
      return largestDifference(data, expected) / Math.max(largestOf([...expected].map(Math.abs)), 1e-30);
    });
  });
  return largestOf(differences);
}

function batchOf(file: TensorFile, where: string): Batch {
  const [source, decoderInput, target] = ['x_enc', 'x_dec', 'y_dec'].map((name) => {
    const tensor = file.tensors.get(name);
    if (!tensor) throw new InvalidInput(`${where} has no tensor ${name}`);
    return { data: Int32Array.from(tensor.data), shape: tensor.shape };
  });
  if (!source || !decoderInput || !target) throw new InvalidInput(`${where} has no batch`);
  return {
    size: source.shape[0] ?? 0,
    sourceLength: source.shape[1] ?? 0,
    targetLength: target.shape[1] ?? 0,
    source: source.data,
    decoderInput: decoderInput.data,
    target: target.data,
  };
}

function withPrefix(file: TensorFile, prefix: string): TensorFile {
  const chosen = [...file.tensors].filter(([name]) => name.startsWith(prefix));
  return { ...file, tensors: new Map(chosen.map(([name, tensor]) => [name.slice(prefix.length), tensor])) };
}

function dataOf(file: TensorFile, name: string, where: string): Float32Array | Int32Array {
  const tensor = file.tensors.get(name);
  if (!tensor) throw new InvalidInput(`${where} has no tensor ${name}`);
  return tensor.data;
}

function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Infinity;
  let largest = 0;
  for (let index = 0; index < a.length; index += 1) {
    const difference = Math.abs((a[index] ?? NaN) - (b[index] ?? NaN));
    if (!(difference <= largest)) largest = difference;
  }
  return largest;
}

/** NaN when one of them is. */
function largestOf(values: readonly number[]): number {
  return values.reduce((largest, value) => (value <= largest ? largest : value), 0);
}

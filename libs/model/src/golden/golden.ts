/** Comparison with the numbers of the PyTorch reference: a folder with golden.safetensors and golden.json. */
import { join } from 'node:path';
import { type Batch, InvalidInput } from '@honyaku/contracts';
import { beamSearch } from '../decoding/beam-search.ts';
import { decode } from '../decoding/decode.ts';
import { likeliestTokens } from '../kernels/top-tokens.ts';
import { GoldenFile } from './golden-file.ts';
import type { GoldenSettings } from './golden-settings.ts';
import { marianGolden } from './marian-golden.ts';
import { notebookGolden } from './notebook-golden.ts';
import { readSafetensors, type TensorFile } from '../checkpoint/safetensors.ts';
import { Seq2Seq } from '../seq2seq/seq2seq.ts';
import { fileTensors } from '../checkpoint/parameters.ts';
import { Trainer } from '../training/trainer.ts';
import { notebookTraining } from '../training/trainer-settings.ts';

export const goldenTolerances = {
  logits: 1e-5,
  loss: 1e-5,
  gradients: 1e-4,
  weights: 1e-4,
  greedy: 0,
  beam: 0,
  beamScores: 1e-4,
} as const;

/**
 * The largest difference of each kind; gradients relative to the largest of their tensor, greedy and beam in sentences.
 * Of the notebook there is no beam.
 */
export interface GoldenDifferences {
  readonly logits: number;
  readonly loss: number;
  readonly gradients: number;
  readonly weights: number;
  readonly greedy: number;
  readonly beam?: number;
  readonly beamScores?: number;
}

/** @throws InvalidInput when the folder is not a golden one; Corrupt when a file is damaged */
export async function compareWithGolden(folder: string): Promise<GoldenDifferences> {
  const file = await GoldenFile.read(join(folder, 'golden.json'));
  const settings = file.isOf('marian') ? marianGolden(file) : notebookGolden(file);
  const tensors = await readSafetensors(join(folder, 'golden.safetensors'));
  const batch = settings.batchOf(tensors, folder);
  const network = Seq2Seq.fromTensors(withPrefix(tensors, 'weights.'), settings.network, folder);
  const trainer = new Trainer(network, {
    ...notebookTraining,
    learningRate: settings.learningRate,
    dropout: 0,
    isFrozen: settings.isFrozen,
  });
  try {
    const logits = largestDifference(network.logits(batch), dataOf(tensors, 'logits', folder));
    const gradients = gradientDifference(network, batch, tensors, settings);
    const losses = settings.losses.map((expected, step) => {
      const { tokenLoss, targetTokens } = trainer.step(batch, { epoch: 1, step });
      return Math.abs(tokenLoss / targetTokens - expected);
    });
    const without = withoutGradient(tensors, settings);
    const weights = network.parameters.flatMap(({ spec, variable }) =>
      fileTensors(spec, variable.values())
        .filter(({ name }) => !without.has(name))
        .map(({ name, data }) => largestDifference(data, dataOf(tensors, `after5.${name}`, folder))),
    );
    return {
      logits,
      loss: largestOf(losses),
      gradients,
      weights: largestOf(weights),
      ...translationDifferences(tensors, settings, folder),
    };
  } finally {
    trainer.dispose();
    network.dispose();
  }
}

/** Which kinds are beyond their tolerance; NaN is. */
export function beyondTolerance(differences: GoldenDifferences): (keyof GoldenDifferences)[] {
  return goldenKinds.filter((kind) => {
    const difference = differences[kind];
    return difference !== undefined && !(difference <= goldenTolerances[kind]);
  });
}

export const goldenKinds = [
  'logits',
  'loss',
  'gradients',
  'weights',
  'greedy',
  'beam',
  'beamScores',
] as const satisfies readonly (keyof GoldenDifferences)[];

function translationDifferences(
  tensors: TensorFile,
  { network: architecture, names, sources, greedy, limit, beam }: GoldenSettings,
  folder: string,
): Pick<GoldenDifferences, 'greedy' | 'beam' | 'beamScores'> {
  const network = Seq2Seq.fromTensors(withPrefix(tensors, names.translating), architecture, folder);
  try {
    const outputs = decode(network, sources, limit, (logits) =>
      likeliestTokens(logits, architecture.neverGenerated),
    );
    const unequal = { greedy: countUnequal(outputs, greedy) };
    if (!beam) return unequal;
    const found = beamSearch(network, sources, { beamSize: 4, maxTokens: limit, normalize: 1 });
    const best = found.flatMap((translations) => translations.slice(0, 1));
    return {
      ...unequal,
      beam: countUnequal(
        best.map(({ ids }) => ids),
        beam.translations,
      ),
      beamScores: largestDifference(
        best.map(({ score }) => score),
        beam.scores,
      ),
    };
  } finally {
    network.dispose();
  }
}

function countUnequal(
  outputs: readonly (readonly number[])[],
  expected: readonly (readonly number[])[],
): number {
  return expected.filter((ids, row) => ids.join() !== outputs[row]?.join()).length;
}

/** Relative precision of a 32-bit float. */
const rounding = 2 ** -23;

/**
 * Parameters on which the loss does not depend, such as the bias of an attention's keys: the reference's gradients have
 * nothing but rounding there, which Adam makes as large as any other.
 */
function withoutGradient({ tensors }: TensorFile, { names }: GoldenSettings): ReadonlySet<string> {
  const sizes = [...tensors]
    .filter(([name]) => name.startsWith(names.gradients))
    .map(
      ([name, { data }]) => [name.slice(names.gradients.length), largestOf([...data].map(Math.abs))] as const,
    );
  const largest = largestOf(sizes.map(([, size]) => size));
  return new Set(sizes.filter(([, size]) => size < rounding * largest).map(([name]) => name));
}

/** Infinite when a parameter has a gradient here and none there, or the other way round. */
function gradientDifference(
  network: Seq2Seq,
  batch: Batch,
  tensors: TensorFile,
  settings: GoldenSettings,
): number {
  const { isFrozen, names } = settings;
  const without = withoutGradient(tensors, settings);
  const { gradients } = network.gradients(batch, { isFrozen });
  const differences = network.parameters.flatMap(({ spec }) => {
    const gradient = gradients.get(spec.name);
    const values = gradient?.dataSync<'float32'>() ?? new Float32Array(spec.shape.reduce((a, b) => a * b, 1));
    gradient?.dispose();
    return fileTensors(spec, values).map(({ name, data }) => {
      const expected = without.has(name) ? undefined : tensors.tensors.get(`${names.gradients}${name}`)?.data;
      if (!expected || !gradient) return expected || gradient ? Infinity : 0;
      return largestDifference(data, expected) / Math.max(largestOf([...expected].map(Math.abs)), 1e-30);
    });
  });
  return largestOf(differences);
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

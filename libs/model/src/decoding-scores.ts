/** How likely a network finds given translations. */
import { type Batch, specialTokens } from '@honyaku/contracts';
import { throughTargets } from './decoding-forced.ts';
import {
  batchesByLength,
  itemsAt,
  requireSources,
  requireTargets,
  rowsAtOnce,
  type TranslationPair,
} from './decoding-input.ts';
import { sparseSoftmaxCrossEntropy } from './cross-entropy.ts';
import type { Seq2Seq } from './seq2seq.ts';
import { tf } from './tensorflow.ts';

export interface PairScore {
  /** Of the translation with its eos, given the source; in nats. */
  readonly logProbability: number;
  /** The eos is one. */
  readonly tokens: number;
}

/** Logits of one call, 32 MB: what bounds a batch where all time steps run at once. */
const logitsAtOnce = 2 ** 23;

/**
 * Log probability of each translation, as generation has it: the network's own translation gets what its
 * decoder gave it. So with `topState: 'zero'`, where training carries the last layer's state within a sentence
 * and generation does not, it goes token by token and differs from `Seq2Seq.rowLosses`; else it is the same.
 * @param pairs any number of them; a target may be empty
 * @returns in the order of the pairs
 * @throws InvalidInput for a source without its eos, a target with one, or an id that the vocabulary has not
 */
export function scorePairs(network: Seq2Seq, pairs: readonly TranslationPair[]): PairScore[] {
  const { shape } = network;
  requireSources(
    pairs.map(({ source }) => source),
    shape,
  );
  requireTargets(
    pairs.map(({ target }) => target),
    shape,
  );
  // Padding is a token like others to the decoder, but a batch can't tell the two apart.
  const byStep = shape.topState === 'zero' || pairs.some(({ target }) => target.includes(specialTokens.pad));
  const lengths = pairs.map(({ target }) => target.length + 1);
  const most = (longest: number) =>
    byStep ? rowsAtOnce : Math.floor(logitsAtOnce / (longest * shape.targetVocabulary));
  const sums = new Float64Array(pairs.length);
  for (const indices of batchesByLength(lengths, most)) {
    const batch = itemsAt(pairs, indices);
    const losses = byStep ? lossesByStep(network, batch) : lossesAtOnce(network, batch);
    indices.forEach((index, row) => (sums[index] = losses[row] ?? NaN));
  }
  return lengths.map((tokens, index) => ({ logProbability: -(sums[index] ?? NaN), tokens }));
}

function lossesByStep(network: Seq2Seq, pairs: readonly TranslationPair[]): Float64Array {
  const sums = new Float64Array(pairs.length);
  network.withWeights((weights) =>
    throughTargets(pairs, network.shape, weights, ({ logits, labels, pairs: running }) => {
      const { losses } = sparseSoftmaxCrossEntropy(logits(), tf.tensor1d(labels, 'int32'));
      const values = losses.dataSync();
      running.forEach((pair, row) => (sums[pair] = (sums[pair] ?? NaN) + (values[row] ?? NaN)));
    }),
  );
  return sums;
}

function lossesAtOnce(network: Seq2Seq, pairs: readonly TranslationPair[]): number[] {
  return network.rowLosses(batchOf(pairs)).map(({ tokenLoss }) => tokenLoss);
}

function batchOf(pairs: readonly TranslationPair[]): Batch {
  const source = padded(pairs.map((pair) => pair.source));
  const decoderInput = padded(pairs.map(({ target }) => [specialTokens.bos, ...target]));
  const target = padded(pairs.map((pair) => [...pair.target, specialTokens.eos]));
  return {
    size: pairs.length,
    sourceLength: source.width,
    targetLength: target.width,
    source: source.ids,
    decoderInput: decoderInput.ids,
    target: target.ids,
  };
}

function padded(rows: readonly (readonly number[])[]): { ids: Int32Array; width: number } {
  const width = Math.max(...rows.map((row) => row.length));
  const ids = new Int32Array(rows.length * width).fill(specialTokens.pad);
  rows.forEach((row, index) => ids.set(row, index * width));
  return { ids, width };
}

/**
 * Forced decoding: given translations read token by token, as generation makes them. It gives how likely the
 * network finds them, and where its attention looks while it writes them.
 */
import { type Batch, InvalidInput, specialTokens } from '@honyaku/contracts';
import { sparseSoftmaxCrossEntropy } from '../kernels/cross-entropy.ts';
import { tf } from '../kernels/tensorflow.ts';
import { DecodingRows } from '../networks/recurrent/decoding-rows.ts';
import type { DecoderStep } from '../networks/recurrent/decoding-step.ts';
import type { Weights } from '../networks/recurrent/recurrent-cell.ts';
import type { NetworkShape } from '../networks/recurrent/shape.ts';
import type { Seq2Seq } from '../seq2seq/seq2seq.ts';
import { type DecodingOptions, greedy } from './decode.ts';
import {
  batchesByLength,
  itemAt,
  itemsAt,
  requireSources,
  requireTargets,
  rowsAtOnce,
  type TranslationPair,
} from './input.ts';

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

/** Of each target token its share of each source token, the source's eos too; a token's shares sum to 1. */
export type AttentionShares = number[][];

export interface AttendedTranslation {
  /** Target ids without bos and eos. */
  readonly ids: number[];
  /** [ids, source tokens] */
  readonly attention: AttentionShares;
}

/** `greedy` with the attention of each token. @throws InvalidInput as `greedy` and `attentionOf` do */
export function translateWithAttention(
  network: Seq2Seq,
  sources: readonly (readonly number[])[],
  options: DecodingOptions = {},
): AttendedTranslation[] {
  requireAttention(network);
  const translations = greedy(network, sources, options);
  const pairs = sources.map((source, index) => ({ source, target: itemAt(translations, index) }));
  const shares = attentionOf(network, pairs);
  return translations.map((ids, index) => ({ ids, attention: itemAt(shares, index) }));
}

/**
 * The attention with which the network makes given translations, its own by any search or others: each token's
 * shares when it is generated after the ones before. Not for the eos at the end.
 * @returns of each pair, in their order, [target tokens, source tokens]
 * @throws InvalidInput for a network without attention, a source without its eos, a target with one, or an id
 * that the vocabulary has not
 */
export function attentionOf(network: Seq2Seq, pairs: readonly TranslationPair[]): AttentionShares[] {
  requireAttention(network);
  requireSources(
    pairs.map(({ source }) => source),
    network.shape,
  );
  requireTargets(
    pairs.map(({ target }) => target),
    network.shape,
  );
  const found = pairs.map((): AttentionShares => []);
  const lengths = pairs.map(({ target }) => target.length);
  network.withWeights((weights) => {
    for (const indices of batchesByLength(lengths, () => rowsAtOnce)) {
      throughTargets(itemsAt(pairs, indices), network.shape, weights, ({ shares, pairs: running }) => {
        if (!shares) throw new RangeError('the step has no attention');
        const width = shares.shape.at(-1) ?? 0;
        const values = shares.dataSync();
        running.forEach((place, row) => {
          const index = itemAt(indices, place);
          const { source, target } = itemAt(pairs, index);
          const ofPair = itemAt(found, index);
          if (ofPair.length === target.length) return;
          ofPair.push([...values.subarray(row * width, row * width + source.length)]);
        });
      });
    }
  });
  return found;
}

function requireAttention({ shape }: Seq2Seq): void {
  if (shape.attention === 'none')
    throw new InvalidInput('the network has no attention; dot or general has one');
}

/** A step of generation, with the token that the translation has there. */
interface ForcedStep extends Pick<DecoderStep, 'logits' | 'shares'> {
  /** Index in the pairs of each row. */
  readonly pairs: readonly number[];
  /** Token that each row has next; its eos at the end. */
  readonly labels: Int32Array;
}

/**
 * For `topState: 'zero'` this differs from training, which carries the last layer's state from token to token
 * within a sentence.
 * @param read is called at each step, with the pairs that have a token there; makes no tensor that lasts
 */
function throughTargets(
  pairs: readonly TranslationPair[],
  shape: NetworkShape,
  weights: Weights,
  read: (step: ForcedStep) => void,
): void {
  const lengthOf = (index: number) => itemAt(pairs, index).target.length + 1;
  const order = [...pairs.keys()].sort((a, b) => lengthOf(b) - lengthOf(a));
  const sources = itemsAt(pairs, order).map(({ source }) => source);
  DecodingRows.with(sources, shape, weights, (rows) => {
    let tokens = new Int32Array(order.length).fill(specialTokens.bos);
    for (let time = 0; tokens.length > 0; time += 1) {
      // Longest first, so that those that still run are the first ones.
      const running = order.slice(0, tokens.length);
      const labels = Int32Array.from(running, (pair) => pairs[pair]?.target[time] ?? specialTokens.eos);
      rows.step(tokens, ({ logits, shares }) => read({ logits, shares, pairs: running, labels }));
      tokens = labels.filter((_, row) => lengthOf(itemAt(running, row)) > time + 1);
      if (tokens.length > 0) rows.select(Int32Array.from(tokens.keys()));
    }
  });
}

/**
 * Forced decoding: given translations read token by token, as generation makes them. It gives how likely the
 * network finds them, and where its attention looks while it writes them.
 */
import { type Batch, InvalidInput, specialTokens } from '@honyaku/contracts';
import { sparseSoftmaxCrossEntropy } from '../kernels/cross-entropy.ts';
import { tf } from '@honyaku/kernels/tensorflow';
import type { DecodingStep } from '../networks/decoding-rows.ts';
import type { Weights } from '../networks/parameter.ts';
import type { Network } from '../networks/network.ts';
import type { Seq2Seq } from '../seq2seq/seq2seq.ts';
import { type DecodingOptions, greedy } from './decode.ts';
import {
  batchesByLength,
  itemAt,
  itemsAt,
  requireInteger,
  requireSources,
  requireTargets,
  rowsAtOnce,
  withDecoding,
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
 * Log probability of each translation, as decoding has it: the network's own translation gets what its
 * decoder gave it. A network whose training scores differ from those (the recurrent one with `topState: 'zero'`)
 * reads token by token, and the scores differ from `Seq2Seq.rowLosses`; else they are the same.
 * @param pairs any number of them; a target may be empty
 * @returns in the order of the pairs
 * @throws InvalidInput for a source without its eos, a target with one, or an id that the vocabulary has not
 */
export function scorePairs(network: Seq2Seq, pairs: readonly TranslationPair[]): PairScore[] {
  const { architecture } = network;
  requireSources(
    pairs.map(({ source }) => source),
    architecture,
  );
  requireTargets(
    pairs.map(({ target }) => target),
    architecture,
  );
  // Padding is a token like others to the decoder, but a batch can't tell the two apart.
  const byStep =
    !architecture.scoresAsItDecodes || pairs.some(({ target }) => target.includes(specialTokens.pad));
  const lengths = pairs.map(({ target }) => target.length + 1);
  const most = (longest: number) =>
    byStep ? rowsAtOnce : Math.floor(logitsAtOnce / (longest * architecture.vocabularySize.target));
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
    throughTargets(pairs, network.architecture, weights, ({ scores, labels, pairs: running }) => {
      const { losses } = sparseSoftmaxCrossEntropy(scores(), tf.tensor1d(labels, 'int32'));
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

export interface AttentionOptions {
  /** Of the decoder, from 1; the last one that attends unless said. Its heads' mean is taken. */
  readonly attentionLayer?: number;
}

/** `greedy` with the attention of each token. @throws InvalidInput as `greedy` and `attentionOf` do */
export function translateWithAttention(
  network: Seq2Seq,
  sources: readonly (readonly number[])[],
  options: DecodingOptions & AttentionOptions = {},
): AttendedTranslation[] {
  attentionLayerOf(network, options);
  const translations = greedy(network, sources, options);
  const pairs = sources.map((source, index) => ({ source, target: itemAt(translations, index) }));
  const shares = attentionOf(network, pairs, options);
  return translations.map((ids, index) => ({ ids, attention: itemAt(shares, index) }));
}

/**
 * The attention with which the network makes given translations, its own by any search or others: each token's
 * shares when it is generated after the ones before. Not for the eos at the end.
 * @returns of each pair, in their order, [target tokens, source tokens]
 * @throws InvalidInput for a network without attention or such a layer, a source without its eos, a target with
 * one, or an id that the vocabulary has not
 */
export function attentionOf(
  network: Seq2Seq,
  pairs: readonly TranslationPair[],
  options: AttentionOptions = {},
): AttentionShares[] {
  const layer = attentionLayerOf(network, options);
  requireSources(
    pairs.map(({ source }) => source),
    network.architecture,
  );
  requireTargets(
    pairs.map(({ target }) => target),
    network.architecture,
  );
  const found = pairs.map((): AttentionShares => []);
  const lengths = pairs.map(({ target }) => target.length);
  network.withWeights((weights) => {
    for (const indices of batchesByLength(lengths, () => rowsAtOnce)) {
      throughTargets(
        itemsAt(pairs, indices),
        network.architecture,
        weights,
        ({ attention: attentionAt, pairs: running }) => {
          if (!attentionAt) throw new RangeError('the step has no attention');
          const attention = attentionAt(layer);
          const width = attention.shape.at(-1) ?? 0;
          const values = attention.dataSync();
          running.forEach((place, row) => {
            const index = itemAt(indices, place);
            const { source, target } = itemAt(pairs, index);
            const ofPair = itemAt(found, index);
            if (ofPair.length === target.length) return;
            ofPair.push([...values.subarray(row * width, row * width + source.length)]);
          });
        },
      );
    }
  });
  return found;
}

function attentionLayerOf({ architecture }: Seq2Seq, { attentionLayer }: AttentionOptions): number {
  const { attentionLayers } = architecture;
  if (attentionLayers === 0) throw new InvalidInput('the network has no attention; dot or general has one');
  const layer = attentionLayer ?? attentionLayers;
  requireInteger('attentionLayer', layer, 1, attentionLayers);
  return layer;
}

/** A step of decoding, with the token that the translation has there. */
interface ForcedStep extends DecodingStep {
  /** Index in the pairs of each row. */
  readonly pairs: readonly number[];
  /** Token that each row has next; its eos at the end. */
  readonly labels: Int32Array;
}

/** @param read is called at each step, with the pairs that have a token there; makes no tensor that lasts */
function throughTargets(
  pairs: readonly TranslationPair[],
  network: Network,
  weights: Weights,
  read: (step: ForcedStep) => void,
): void {
  const lengthOf = (index: number) => itemAt(pairs, index).target.length + 1;
  const order = [...pairs.keys()].sort((a, b) => lengthOf(b) - lengthOf(a));
  const sources = itemsAt(pairs, order).map(({ source }) => source);
  withDecoding(sources, network, weights, (decoding) => {
    let tokens = new Int32Array(order.length).fill(specialTokens.bos);
    for (let time = 0; tokens.length > 0; time += 1) {
      // Longest first, so that those that still run are the first ones.
      const running = order.slice(0, tokens.length);
      const labels = Int32Array.from(running, (pair) => pairs[pair]?.target[time] ?? specialTokens.eos);
      decoding.step(tokens, (step) => read({ ...step, pairs: running, labels }));
      tokens = labels.filter((_, row) => lengthOf(itemAt(running, row)) > time + 1);
      if (tokens.length > 0) decoding.select(Int32Array.from(tokens.keys()));
    }
  });
}

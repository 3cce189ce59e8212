/** Where a network with attention looks while it translates. */
import { InvalidInput } from '@honyaku/contracts';
import { type DecodingOptions, greedy } from './decoding.ts';
import { throughTargets } from './decoding-forced.ts';
import {
  batchesByLength,
  itemAt,
  itemsAt,
  requireSources,
  requireTargets,
  rowsAtOnce,
  type TranslationPair,
} from './decoding-input.ts';
import type { Seq2Seq } from './seq2seq.ts';

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

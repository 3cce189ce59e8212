/**
 * Known translations read token by token, exactly as generation would have made them. For `topState: 'zero'`
 * this differs from training, which carries the last layer's state from token to token within a sentence.
 */
import { specialTokens } from '@honyaku/contracts';
import { itemAt, itemsAt, type TranslationPair } from './decoding-input.ts';
import { DecodingRows } from './decoding-rows.ts';
import type { DecoderStep } from './decoding-step.ts';
import type { NetworkShape } from './network-shape.ts';
import type { Weights } from './recurrent-cell.ts';

/** A step of generation, with the token that the translation has there. */
export interface ForcedStep extends Pick<DecoderStep, 'logits' | 'shares'> {
  /** Index in the pairs of each row. */
  readonly pairs: readonly number[];
  /** Token that each row has next; its eos at the end. */
  readonly labels: Int32Array;
}

/** @param read is called at each step, with the pairs that have a token there; makes no tensor that lasts */
export function throughTargets(
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
